extension JSON {
    /// The canonical text: no white space, members sorted by the bytes of
    /// their names, numbers in the shortest form that reads back the same, a
    /// whole number without a fraction whichever case holds it.
    ///
    /// Equal values have equal texts, so this is what is hashed and compared.
    public var canonicalText: String {
        var text = ""
        write(to: &text, indent: nil, depth: 0)
        return text
    }

    /// The same with line breaks and two blanks a level, for people.
    public var indentedText: String {
        var text = ""
        write(to: &text, indent: "  ", depth: 0)
        return text
    }

    private func write(to text: inout String, indent: String?, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += JSON.text(of: value)
        case .string(let value): JSON.write(value, to: &text)
        case .array(let values):
            JSON.write(
                values, open: "[", close: "]", to: &text,
                indent: values.contains(where: \.isContainer) ? indent : nil,
                depth: depth
            ) { value, text, indent, depth in value.write(to: &text, indent: indent, depth: depth) }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            JSON.write(sorted, open: "{", close: "}", to: &text, indent: indent, depth: depth) {
                member, text, indent, depth in
                JSON.write(member.key, to: &text)
                text += indent == nil ? ":" : ": "
                member.value.write(to: &text, indent: indent, depth: depth)
            }
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    private static func write<Element>(
        _ elements: [Element], open: String, close: String, to text: inout String, indent: String?,
        depth: Int, element: (Element, inout String, String?, Int) -> Void
    ) {
        text += open
        for (index, value) in elements.enumerated() {
            if index > 0 { text += "," }
            if let indent { text += "\n" + String(repeating: indent, count: depth + 1) }
            element(value, &text, indent, depth + 1)
        }
        if let indent, !elements.isEmpty { text += "\n" + String(repeating: indent, count: depth) }
        text += close
    }

    private static func text(of value: Double) -> String {
        if !value.isFinite { return "null" }
        return writtenAsWhole(value).map { String($0) } ?? "\(value)"
    }

    /// The whole number as which a double is written, if it is: -0 is a number
    /// of its own, and beyond 2^53 not every whole number is a double.
    static func writtenAsWhole(_ value: Double) -> Int? {
        guard let whole = Int(exactly: value), whole.magnitude < 1 << 53 else { return nil }
        return whole == 0 && value.sign == .minus ? nil : whole
    }

    private static func write(_ value: String, to text: inout String) {
        text += "\""
        // Nearly every text needs no escapes.
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            text += value
            text += "\""
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
