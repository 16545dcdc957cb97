/// How often each label got each prediction.
struct ConfusionCounts {
    /// The pairs that occur, by label and then prediction.
    let pairs: [(label: Int, prediction: Int)]
    /// For each example the position of its pair.
    let cells: [Int32]
    private let classes: Int

    /// - Parameter classes: labels and predictions are below it.
    init(labels: [Int], predictions: [Int], classes: Int) {
        let keys = zip(labels, predictions).map { $0 * classes + $1 }
        let distinct = Set(keys).sorted()
        let positions = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, Int32($0)) })
        pairs = distinct.map { (label: $0 / classes, prediction: $0 % classes) }
        cells = keys.map { positions[$0]! }
        self.classes = classes
    }

    /// How often each pair occurs.
    var counts: [Int32] {
        var counts = [Int32](repeating: 0, count: pairs.count)
        for cell in cells { counts[Int(cell)] += 1 }
        return counts
    }

    /// What pairs that occur so often are worth.
    func scores(_ counts: [Int32]) -> Scores {
        var marginals = Marginals(classes: classes)
        for (pair, count) in zip(pairs, counts) where count > 0 { marginals.add(pair, Double(count)) }
        return Scores(accuracy: marginals.accuracy, macroF1: marginals.macroF1, mcc: marginals.mcc)
    }

    /// The measures of a classification.
    struct Scores {
        let accuracy: Double
        /// Over the labels that occur or were predicted, as scikit-learn has it
        /// when it is not told the labels.
        let macroF1: Double
        /// Of any number of classes (Gorodkin 2004); 0 where labels or
        /// predictions are all the same.
        let mcc: Double
    }
}

/// Examples by label, by prediction, and where both are the same.
private struct Marginals {
    private var labelled: [Double]
    private var predicted: [Double]
    private var correct: [Double]
    private var total = 0.0

    init(classes: Int) {
        labelled = [Double](repeating: 0, count: classes)
        predicted = labelled
        correct = labelled
    }

    mutating func add(_ pair: (label: Int, prediction: Int), _ count: Double) {
        labelled[pair.label] += count
        predicted[pair.prediction] += count
        if pair.label == pair.prediction { correct[pair.label] += count }
        total += count
    }

    var accuracy: Double { total > 0 ? correct.reduce(0, +) / total : 0 }

    var macroF1: Double {
        var sum = 0.0
        var present = 0
        for index in labelled.indices where labelled[index] + predicted[index] > 0 {
            sum += 2 * correct[index] / (labelled[index] + predicted[index])
            present += 1
        }
        return present > 0 ? sum / Double(present) : 0
    }

    var mcc: Double {
        var (joint, labels, predictions) = (0.0, 0.0, 0.0)
        for index in labelled.indices {
            joint += labelled[index] * predicted[index]
            labels += labelled[index] * labelled[index]
            predictions += predicted[index] * predicted[index]
        }
        let covariance = correct.reduce(0, +) * total - joint
        let scale = ((total * total - labels) * (total * total - predictions)).squareRoot()
        return scale > 0 ? covariance / scale : 0
    }
}
