/// The keys of `rank_pattern` and `alpha_pattern` in an adapter of PEFT.
///
/// PEFT takes the first key for which `re.match(rf"(.*\.)?({key})$", module)`
/// finds something, so a plain name also matches longer ones that end with it.
package enum PEFTPattern {
    /// The key that matches this module and no other.
    package static func exact(_ module: String) -> String {
        "^" + module.map { $0.isLetter || $0.isNumber || $0 == "_" ? "\($0)" : "\\\($0)" }.joined()
    }

    /// PEFT's regular expression for a key.
    package static func rule(_ key: String) -> String { "(.*\\.)?(\(key))" }
}
