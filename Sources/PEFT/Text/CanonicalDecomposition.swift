import Foundation

/// Canonical decomposition (Unicode Standard, section 3.7) of single scalars,
/// without the ordering of what results.
enum CanonicalDecomposition {
    static func forEach(
        of scalar: Unicode.Scalar, in classes: ScalarClasses, _ body: (Unicode.Scalar) -> Void
    ) {
        if let syllable = HangulSyllable(scalar) {
            syllable.forEachJamo(body)
        } else if classes.contains(.decomposable) {
            // The mappings never change once assigned; only what is assigned does, and the
            // class tells that.
            String(Character(scalar)).decomposedStringWithCanonicalMapping.unicodeScalars.forEach(body)
        } else {
            body(scalar)
        }
    }
}

/// A precomposed Hangul syllable, which decomposes by arithmetic (Unicode
/// Standard, section 3.12).
private struct HangulSyllable {
    private let index: UInt32

    init?(_ scalar: Unicode.Scalar) {
        guard (0xAC00...0xD7A3).contains(scalar.value) else { return nil }
        index = scalar.value - 0xAC00
    }

    func forEachJamo(_ body: (Unicode.Scalar) -> Void) {
        let (leading, vowel, trailing) = (index / 588, index % 588 / 28, index % 28)
        for (first, jamo) in [(0x1100, leading), (0x1161, vowel)] as [(UInt32, UInt32)] {
            if let scalar = Unicode.Scalar(first + jamo) { body(scalar) }
        }
        if trailing > 0, let scalar = Unicode.Scalar(0x11A7 + trailing) { body(scalar) }
    }
}
