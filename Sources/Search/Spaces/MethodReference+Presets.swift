import Experiments

extension MethodReference {
    /// Every preset with what it searches otherwise than its methods do.
    static var presets: String {
        let rows = SpacePreset.all.map { "| `\($0.name)` | \($0.summary) | \(list($0.methods)) |" }
        return
            ([
                "## Presets",
                (["| preset | what it is | methods |", "|---|---|---|"] + rows).joined(separator: "\n"),
            ]
            + SpacePreset.all.compactMap(domains)).joined(separator: "\n\n")
    }

    static func json(_ preset: SpacePreset) -> JSON {
        [
            "name": .string(preset.name), "summary": .string(preset.summary),
            "methods": .array(preset.methods.map(JSON.string)),
            "left_out": .array(preset.leftOut.sorted().map(JSON.string)),
            "largest_share": preset.largestShare.map(JSON.number) ?? .null,
            "domains": .array(
                Domain.all(of: preset).map { domain in
                    [
                        "name": .string(domain.name), "domain": domain.domain.json,
                        "when": .object(domain.condition.mapValues(JSON.array)),
                    ]
                }),
        ]
    }

    /// One group of sizes or setting that a preset has a domain of its own for.
    private struct Domain {
        let name: String
        let domain: ParameterDomain
        let condition: [String: [JSON]]

        /// Sizes, then settings as their methods have them.
        static func all(of preset: SpacePreset) -> [Domain] {
            let sizes = preset.sizes.sorted { $0.key < $1.key }.map { group, sizes in
                Domain(name: group, domain: .levels(sizes.map(JSON.integer)), condition: [:])
            }
            let settings = NativeSetting.all.compactMap { setting in
                preset.settings[setting.name].map {
                    Domain(
                        name: setting.name, domain: $0, condition: preset.conditions[setting.name] ?? [:])
                }
            }
            return sizes + settings
        }

        var row: String {
            let parts = condition.sorted { $0.key < $1.key }.map { name, values in
                "`\(name)` is " + values.map { "`\($0.canonicalText)`" }.joined(separator: " or ")
            }
            return "| `\(name)` | `\(domain.json.canonicalText)` | \(parts.joined(separator: ", ")) |"
        }
    }

    private static func domains(of preset: SpacePreset) -> String? {
        let rows = Domain.all(of: preset).map(\.row)
        guard !rows.isEmpty || !preset.leftOut.isEmpty else { return nil }
        var pieces = ["### `\(preset.name)`"]
        if !preset.leftOut.isEmpty { pieces.append("Without places at \(list(preset.leftOut.sorted())).") }
        if !rows.isEmpty {
            pieces.append(
                "Its own domains:\n\n| parameter or group | domain | only where |\n|---|---|---|\n"
                    + rows.joined(separator: "\n"))
        }
        return pieces.joined(separator: "\n\n")
    }
}
