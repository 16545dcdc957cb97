import Experiments
import Search

extension PlanSummary {
    var json: JSON {
        let size = SpaceSize(of: study.space)
        func json(_ trial: StudyForecast.Trial) -> JSON {
            let prediction = costs?.prediction(trial)
            return [
                "label": JSON(trial.label), "seconds": JSON(prediction?.seconds),
                "peak_memory_bytes": JSON(prediction?.memoryBytes),
            ]
        }
        return [
            "study": study.json,
            "space": [
                "parameters": .integer(size.parameters), "log10_combinations": .number(size.logarithm),
                "continuous": .integer(size.continuous),
            ],
            "baselines": .array(costs?.forecast.baselines.map(json) ?? []),
            "searched": .array(costs?.forecast.drawn.map(json) ?? []),
            "slots": .integer(slots), "trials": .integer(budget.trials),
            "searched_trials": .integer(budget.searchedTrials),
            "full_trainings": .number(budget.fullTrainings),
            "cpu_seconds": JSON(costs?.cpuSeconds), "wall_seconds": JSON(wallSeconds),
            "energy_joules": .null, "disk_bytes": JSON(costs?.forecast.diskBytes.rounded()),
            "free_disk_bytes": JSON(freeDiskBytes),
            "notes": .array(notes.map(JSON.string)),
        ]
    }
}
