public import Experiments

/// Hands a trained model over as a folder.
public enum ModelExport {
    /// Writes a folder in a format: files, model card and record.
    ///
    /// - Parameters:
    ///   - format: nil for what loads with the least effort: base and adapter
    ///     in one folder, or, where PEFT cannot hold the configuration, full
    ///     weights with code.
    ///   - baseName: what those who load an adapter alone call the base model;
    ///     nil for its path here.
    ///   - destination: a folder that does not exist or is empty; it is made
    ///     whole or not at all.
    /// - Throws: saying why the format cannot hold the configuration.
    public static func write(
        _ model: TrainedModel, as format: ExportFormat? = nil, baseName: String? = nil,
        to destination: String
    ) throws(InputError) {
        // What is computed from trained tensors may be older than they are.
        model.network.refresh()
        let layout = try layout(of: model, format, baseName: baseName ?? model.folder.path)
        let card = try ModelCard(model: model, layout: layout, baseName: baseName)
        try ExportFolder.make(at: destination) { folder throws(InputError) in
            try layout.write(into: folder)
            try folder.write(ExportRecord(model, layout: layout.name).json, to: ExportRecord.fileName)
            try folder.write(card.text, to: "README.md")
            if let license = BaseLicense(of: model.folder).file {
                try folder.copy(license, as: "LICENSE.base")
            }
        }
    }

    /// Refuses what `write` would refuse of a place, before there is anything to
    /// write.
    public static func check(destination: String) throws(InputError) {
        try ExportFolder.check(destination)
    }

    /// Refuses what `write` would refuse of a configuration, before it is
    /// trained.
    /// - Parameter format: nil for the one that loads with the least effort.
    public static func check(
        _ configuration: Configuration, as format: ExportFormat? = nil, family: String,
        task: TaskDefinition.Kind
    ) throws(InputError) {
        let possible = configuration.exportFormats(for: family, task: task)
        let obstacles = configuration.obstacles(to: format ?? .customCode, for: family, task: task)
            .joined(separator: "; ")
        guard !possible.isEmpty else {
            throw InputError(
                "configuration", reason: "cannot be handed over in any format: \(obstacles)")
        }
        guard let format, !possible.contains(format) else { return }
        let isAutomatic = possible.contains { $0 == .peft || $0 == .customCode }
        throw InputError(
            "the format \(format.rawValue)", reason: "is not possible: \(obstacles)",
            suggestion: ((isAutomatic ? ["auto"] : []) + possible.map(\.rawValue)).joined(separator: ", "))
    }

    private static func layout(
        of model: TrainedModel, _ format: ExportFormat?, baseName: String
    ) throws(InputError) -> any ExportLayout {
        let (configuration, family) = (model.configuration, model.family.name)
        let task = model.provenance.task.kind
        try check(configuration, as: format, family: family, task: task)
        guard let format else {
            let possible = configuration.exportFormats(for: family, task: task)
            if possible.contains(.peft) {
                return model.hasVirtualTokens
                    ? PEFTLayout(model: model, baseName: baseName, isSelfContained: true)
                    : SelfContainedLayout(model: model)
            }
            return CustomCodeLayout(model: model)
        }
        return switch format {
        case .merged: MergedLayout(model: model)
        case .peft: PEFTLayout(model: model, baseName: baseName)
        case .adapterHub: AdapterHubLayout(model: model, base: .named(baseName))
        case .customCode: CustomCodeLayout(model: model)
        }
    }
}
