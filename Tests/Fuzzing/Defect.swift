/// A promise that a reader does not keep.
package struct Defect: Error, CustomStringConvertible {
    package let description: String
}

/// - Throws: a defect when the condition does not hold or cannot be told.
func require(_ condition: @autoclosure () throws -> Bool, _ reason: String) throws(Defect) {
    do {
        if try condition() { return }
    } catch {
        throw Defect(description: "\(reason): \(error)")
    }
    throw Defect(description: reason)
}
