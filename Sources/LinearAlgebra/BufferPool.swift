import COpenBLAS
import Foundation

/// Memory of matrices, used again instead of returned.
///
/// A training step makes hundreds of large matrices and lets go of them, and
/// the number of tokens differs from step to step. A general allocator either
/// returns such blocks to the system, which then maps and clears them page by
/// page, or cuts them up until twice the memory is held. Here a free block
/// serves any request down to two thirds of its size, and what is held stays
/// within an eighth of the most that was ever in use: a quarter is no faster, a
/// thirty-second slows a step by 3 % to 15 %.
final class BufferPool: @unchecked Sendable {
    // Sendable because the lock is held by whoever touches the lists.
    static let shared = BufferPool()

    /// Blocks below this size are left to the general allocator.
    private static let smallest = 1 << 15

    private let lock = NSLock()
    /// Free blocks by size, ascending.
    private var free: [Block] = []
    private var freeBytes = 0
    private var usedBytes = 0
    private var mostUsedBytes = 0
    private var releases = 0

    private struct Block {
        let size: Int
        let base: UnsafeMutableRawPointer
        /// The number of its release.
        var age = 0
    }

    private init() {
        // glibc raises this by itself up to 32 MiB, and then keeps what large arrays leave behind.
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
    }

    /// - Returns: at least `count` bytes, aligned for the widest vectors, not
    ///   initialised, and how many bytes there are: `release` wants to know.
    func allocate(_ count: Int) -> (base: UnsafeMutableRawPointer, size: Int) {
        guard count >= Self.smallest else {
            return (.allocate(byteCount: max(count, 1), alignment: 64), count)
        }
        lock.lock()
        defer { lock.unlock() }
        let block = reused(count) ?? Self.map(Self.rounded(count))
        usedBytes += block.size
        mostUsedBytes = max(mostUsedBytes, usedBytes)
        evict()
        return (block.base, block.size)
    }

    func release(_ base: UnsafeMutableRawPointer, size: Int) {
        guard size >= Self.smallest else { return base.deallocate() }
        lock.lock()
        defer { lock.unlock() }
        usedBytes -= size
        freeBytes += size
        releases += 1
        free.insert(Block(size: size, base: base, age: releases), at: firstIndex(ofSize: size))
        evict()
    }

    /// Those that were released longest ago go first.
    private func evict() {
        while usedBytes + freeBytes > mostUsedBytes + mostUsedBytes / 8,
            let oldest = free.indices.min(by: { free[$0].age < free[$1].age })
        {
            let block = free.remove(at: oldest)
            freeBytes -= block.size
            munmap(block.base, block.size)
        }
    }

    /// Gives back what lies free, here and in the general allocator, and
    /// forgets how much was in use.
    func releaseUnused() {
        lock.lock()
        defer { lock.unlock() }
        for block in free { munmap(block.base, block.size) }
        free = []
        freeBytes = 0
        mostUsedBytes = usedBytes
        malloc_trim(0)
    }

    private func reused(_ count: Int) -> Block? {
        let index = firstIndex(ofSize: count)
        guard index < free.count, free[index].size <= count + count / 2 else { return nil }
        freeBytes -= free[index].size
        return free.remove(at: index)
    }

    private func firstIndex(ofSize size: Int) -> Int {
        var (low, high) = (0, free.count)
        while low < high {
            let middle = (low + high) / 2
            if free[middle].size < size { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Straight from the system, so that it can be returned straight to it.
    private static func map(_ size: Int) -> Block {
        let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        // What no allocator survives; the worker sees a slot that died and tries again.
        precondition(base != MAP_FAILED, "out of memory: \(size) bytes more were refused")
        return Block(size: size, base: base!)
    }

    /// Up by an eighth at most, so that like requests meet like blocks.
    private static func rounded(_ count: Int) -> Int {
        let grain = max(4096, (1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)) / 8)
        return (count + grain - 1) / grain * grain
    }
}
