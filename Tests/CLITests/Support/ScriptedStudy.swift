/// A study whose trials are a shell script that answers at once or waits for
/// a signal, over a space with conditions.
enum ScriptedStudy {
    /// - Parameter lines: of the script, before the result.
    static func write(
        to place: Workplace, name: String, trials: Int, before lines: String = "", parallelism: Int = 4
    ) throws {
        try place.write("study.yaml", study(name: name, trials: trials, parallelism: parallelism))
        try place.write("train.sh", script(before: lines))
    }

    static func study(name: String, trials: Int, parallelism: Int = 4) -> String {
        """
        study: \(name)
        seed: 3
        engine: {command: [sh, train.sh]}
        objectives:
          - maximize: score
            reference: {worst: 0, best: 1}
          - minimize: size
            reference: {worst: 64, best: 1, scale: log10}
        constraints: ["size <= 60"]
        space:
          parameters:
            method: {choice: [lora, ia3, none]}
            rank: {int: [1, 64], scale: log2, when: {method: lora}}
            alpha: {float: [1, 64], when: {method: lora}}
            lr: {float: [1e-5, 1e-2], scale: log}
        search: {strategy: auto, trials: \(trials), parallelism: \(parallelism)}

        """
    }

    /// The score is made of the digits of the request, so it depends on the
    /// configuration and on nothing else.
    private static func script(before lines: String) -> String {
        """
        read -r request
        configuration=${request#*'"configuration":'}
        configuration=${configuration%%\\}*}
        number=${request#*'"number":'}
        number=${number%%,*}
        \(lines)
        rank=${configuration#*'"rank":'}
        [ "$rank" = "$configuration" ] && rank=2
        rank=${rank%%,*}
        sum=$(printf %s "$configuration" | cksum)
        sum=$((${sum%% *} % 9000 + 1000))
        printf '{"report":{"step":1,"metrics":{"score":0.%s}}}\\n' "$sum"
        printf '{"result":{"metrics":{"score":0.%s,"size":%s,"train_seconds":%s.5}}}\\n' \\
            "$sum" "$rank" "$$"

        """
    }
}
