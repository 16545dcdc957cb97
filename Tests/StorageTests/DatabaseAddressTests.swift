import Experiments
import Storage
import Testing

struct DatabaseAddressTests {
    @Test(arguments: [
        (
            "postgresql://ann:s3cret@db.example:6543/peft?sslmode=require",
            "postgresql://ann@/peft?host=db.example&port=6543&sslmode=require"
        ),
        ("postgres://ann@db.example/peft", "postgresql://ann@/peft?host=db.example"),
        (
            "host=db.example password='s3 cret' user=ann dbname='my data'",
            "postgresql://ann@/my%20data?host=db.example"
        ),
        ("postgresql:///peft?host=/var/run/postgresql", "postgresql:///peft?host=/var/run/postgresql"),
    ])
    func `an address describes itself without its password`(_ text: String, _ description: String) throws {
        let address = try DatabaseAddress(text)
        #expect(address.description == description)
        #expect(try DatabaseAddress(description).description == description)
    }

    @Test(arguments: [
        "postgres://berta:s3cret@host/x?y", "postgresql://berta:s3cret@[::1/x",
        "postgresql://berta:s3cret@host/x?s3cret=1", "host=x password=s3cret s3cret", "password=a s3cret=b",
        "host=x password='s3cret", "postgresql://berta:s3cret%@host/x", "s3cret",
    ])
    func `a bad address is refused without quoting it`(_ text: String) {
        let error = #expect(throws: InputError.self) { try DatabaseAddress(text) }
        #expect(error.map { !$0.description.contains("s3cret") && !$0.description.contains("berta") } == true)
        #expect(error?.suggestion?.contains("postgresql://user@host") == true)
    }

    @Test func `a lost network shows soon, unless the address has settings of its own`() throws {
        let plain = try DatabaseAddress("postgresql://h/d").connectionSettings
        let ours = [
            "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "15", "keepalives_interval": "5",
            "keepalives_count": "3", "tcp_user_timeout": "20000",
        ]
        for (key, value) in ours { #expect(plain[key] == value, "\(key)") }
        let own = try DatabaseAddress("postgresql://h/d?keepalives_idle=60&tcp_user_timeout=0")
            .connectionSettings
        #expect(own["keepalives_idle"] == "60" && own["tcp_user_timeout"] == "0")
        #expect(own["keepalives_count"] == "3")
    }

    @Test func `a misspelt key is named`() {
        let error = #expect(throws: InputError.self) { try DatabaseAddress("hots=db.example") }
        #expect(error?.suggestion == "the key host")
    }

    @Test func `the environment names an address or none`() throws {
        #expect(try DatabaseAddress.inEnvironment(["PATH": "/bin"]) == nil)
        #expect(try DatabaseAddress.inEnvironment(["DATABASE_URL": ""]) == nil)
        let address = try DatabaseAddress.inEnvironment([
            "DATABASE_URL": "postgresql://h/d", "PGHOST": "other",
        ])
        #expect(address == (try DatabaseAddress("postgresql://h/d")))
        #expect(try DatabaseAddress.inEnvironment(["PGHOST": "other"]) != nil)
    }

    @Test func `a schema's name is a plain word`() throws {
        #expect(try SchemaName("peftsearch") == .standard)
        for name in ["", "1a", "A", "pg_catalog", "a b", "a;b", "a\"b", String(repeating: "a", count: 41)] {
            #expect(throws: InputError.self) { try SchemaName(name) }
        }
    }
}
