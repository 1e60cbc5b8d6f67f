/// `. Did you mean 'get'?` for the nearest of the known words, or nothing when none is near.
func didYouMean(_ word: String, _ known: [String]) -> String {
    let limit = max(1, word.count / 3 + (word.count > 4 ? 1 : 0))
    let distances = known.map { (word: $0, distance: editDistance(word, $0)) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }), nearest.distance <= limit else {
        let longer = known.first { $0.hasPrefix(word) && word.count >= 2 }
        return longer.map { ". Did you mean '\($0)'?" } ?? ""
    }
    return ". Did you mean '\(nearest.word)'?"
}

/// How many insertions, deletions, replacements and swaps of neighbours turn one word into the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var before: [Int] = []
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var cost = min(previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                cost = min(cost, before[column - 1] + 1)
            }
            current.append(cost)
        }
        before = previous
        previous = current
    }
    return previous.last ?? 0
}
