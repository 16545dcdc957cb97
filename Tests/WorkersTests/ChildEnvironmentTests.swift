import Testing
import Workers

@Suite struct ChildEnvironmentTests {
    private let skylake: Set<String> = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd", "avx2"]

    @Test func `a child gets no way to the database and no secrets`() {
        let environment = ChildEnvironment.make(
            from: [
                "PATH": "/bin", "PGHOST": "h", "PGPASSFILE": "f", "DATABASE_URL": "u", "HF_TOKEN": "t",
                "db_password": "p", "AWS_SECRET_ACCESS_KEY": "s", "TOKENIZERS_PARALLELISM": "false",
            ], native: false, cpuFlags: [])
        #expect(
            environment == [
                "PATH": "/bin", "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1",
            ])
    }

    @Test func `the native engine has one thread whatever the environment says`() {
        let inherited = ["OMP_NUM_THREADS": "4"]
        #expect(ChildEnvironment.make(from: inherited, native: true, cpuFlags: [])["OMP_NUM_THREADS"] == "1")
        #expect(ChildEnvironment.make(from: inherited, native: false, cpuFlags: [])["OMP_NUM_THREADS"] == "4")
    }

    @Test func `OpenBLAS is told of AVX-512 where the CPU has all of it`() {
        #expect(BLASKernel.coreType(cpuFlags: skylake, environment: [:]) == "SkylakeX")
        #expect(BLASKernel.coreType(cpuFlags: skylake.subtracting(["avx512bw"]), environment: [:]) == nil)
        #expect(
            BLASKernel.coreType(cpuFlags: skylake, environment: ["PEFTSEARCH_OPENBLAS_CORETYPE": "Haswell"])
                == "Haswell"
        )
        #expect(
            BLASKernel.coreType(cpuFlags: skylake, environment: ["OPENBLAS_CORETYPE": "Haswell"])
                == "SkylakeX")
        #expect(
            ChildEnvironment.make(from: [:], native: true, cpuFlags: skylake)["OPENBLAS_CORETYPE"]
                == "SkylakeX")
    }

    @Test func `the flags are those of the first processor`() {
        let text = "processor\t: 0\nflags\t\t: fpu avx2\nbugs\t\t: x\n\nprocessor\t: 1\nflags\t\t: fpu\n"
        #expect(BLASKernel.cpuFlags(in: text) == ["fpu", "avx2"])
        #expect(BLASKernel.cpuFlags(in: "nothing").isEmpty)
    }
}
