import Metrics
import Testing

struct MetricsTests {
    @Test func `a family is written as Prometheus reads it`() {
        let family = MetricFamily(
            "peftsearch_study_trials", .gauge, help: "Trials by state \\ of \n studies.",
            [
                .init(3, labels: ["study": "a\"b\\c\nd", "state": "ready"]), .init(0.25),
                .init(.infinity, labels: ["le": "1"], suffix: "_bucket"),
            ])
        #expect(
            family.text == """
                # HELP peftsearch_study_trials Trials by state \\\\ of \\n studies.
                # TYPE peftsearch_study_trials gauge
                peftsearch_study_trials{state="ready",study="a\\"b\\\\c\\nd"} 3
                peftsearch_study_trials 0.25
                peftsearch_study_trials_bucket{le="1"} +Inf

                """)
    }

    @Test func `buckets of a histogram count all that is not above their bound`() {
        let histogram = Histogram("h_seconds", help: "H.", bounds: [0.5, 2])
        for milliseconds in [500, 501, 3000] { histogram.observe(.milliseconds(milliseconds)) }
        #expect(
            histogram.family.text == """
                # HELP h_seconds H.
                # TYPE h_seconds histogram
                h_seconds_bucket{le="0.5"} 1
                h_seconds_bucket{le="2"} 2
                h_seconds_bucket{le="+Inf"} 3
                h_seconds_sum 4.001
                h_seconds_count 3

                """)
    }

    @Test func `a counter shows what it will count before it has`() {
        let counter = Counter("c_total", help: "C.", label: "outcome", values: ["done", "failed"])
        counter.add("done")
        counter.add("other")
        #expect(
            counter.family.samples.map { [$0.labels["outcome"], "\($0.value)"] }
                == [["done", "1.0"], ["failed", "0.0"], ["other", "1.0"]])
    }
}
