import Experiments
import Testing

struct JSONSchemaTests {
    private static let schema: JSON = [
        "type": "object", "required": ["number", "state"], "additionalProperties": false,
        "properties": [
            "number": ["type": "integer"], "state": ["enum": ["done", "failed"]],
            "values": ["type": "object", "additionalProperties": ["type": "number"]],
            "names": ["type": ["array", "null"], "items": ["type": "string"]],
        ],
    ]

    @Test(arguments: [
        #"{"number": 1, "state": "done"}"#,
        #"{"number": 1, "state": "failed", "values": {"accuracy": 0.5}, "names": ["a"]}"#,
        #"{"number": 1, "state": "done", "names": null}"#,
    ])
    func `a value that follows the schema has no errors`(text: String) throws {
        #expect(try JSONSchema(Self.schema).errors(in: JSON.parse(text)) == [])
    }

    @Test(arguments: [
        (#"[]"#, "$: expected object, found []"),
        (#"{"number": 1}"#, "$: state is missing"),
        (#"{"number": 1.5, "state": "done"}"#, "$.number: expected integer, found 1.5"),
        (#"{"number": 1, "state": "lost"}"#, #"$.state: "lost" is not one of ["done","failed"]"#),
        (#"{"number": 1, "state": "done", "other": 2}"#, "$.other: is not allowed"),
        (
            #"{"number": 1, "state": "done", "values": {"accuracy": "high"}}"#,
            #"$.values.accuracy: expected number, found "high""#
        ),
        (
            #"{"number": 1, "state": "done", "names": ["a", 2]}"#,
            "$.names[1]: expected string, found 2"
        ),
    ])
    func `an error has its path and what was expected`(text: String, error: String) throws {
        #expect(try JSONSchema(Self.schema).errors(in: JSON.parse(text)) == [error])
    }

    @Test func `a keyword that would pass unchecked makes the schema unusable`() {
        #expect(throws: JSONSchema.Unusable.self) {
            try JSONSchema(["type": "string", "pattern": "a"]).errors(in: "b")
        }
    }

    @Test func `a reference leads to the schema beside`() throws {
        let errors = try JSONSchema(["items": ["$ref": "trial.json"]]).errors(in: [["number": "one"]])
        #expect(errors.contains(#"$[0].number: expected integer, found "one""#))
    }
}
