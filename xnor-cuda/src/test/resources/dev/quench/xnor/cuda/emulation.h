// SPDX-License-Identifier: Apache-2.0
//
// Runs CUDA kernels of one or two dimensions of blocks on the CPU, in one thread: each thread of a block is a fiber, and
// whatever threads do together is a place where fibers wait for one another. Stands in for instructions.cu too. Made to
// see that indices, borders and formulas of the kernels are right, not to be fast; it says nothing of races.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static
#define __align__(n) __attribute__((aligned(n)))

struct dim3 {
  int x, y;
};
struct uint4 {
  unsigned x, y, z, w;
};

static dim3 threadIdx, blockIdx, blockDim;

namespace emulation {

constexpr size_t STACK = 64 << 10;

struct Fiber {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(STACK);
  bool done;
};

static std::vector<Fiber> fibers;
static ucontext_t scheduler;
static int current;
static std::function<void()> body;

static void enter() {
  body();
  fibers[current].done = true;
}

static void pause() {
  int self = current;
  swapcontext(&fibers[self].context, &scheduler);
}

// Everybody runs up to its next pause in turn; so a pause is a barrier as long as all take the same pauses, which they
// do: no collective below is called under a condition that differs within the block, except by warps that have ended.
static void runBlock(int threads) {
  if (fibers.size() < static_cast<size_t>(threads)) {
    fibers.resize(threads);
  }
  for (int i = 0; i < threads; i++) {
    Fiber& fiber = fibers[i];
    fiber.done = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = STACK;
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, enter, 0);
  }
  for (bool running = true; running;) {
    running = false;
    for (int i = 0; i < threads; i++) {
      if (!fibers[i].done) {
        current = i;
        threadIdx = {i, 0};
        swapcontext(&scheduler, &fibers[i].context);
        running |= !fibers[i].done;
      }
    }
  }
}

template <class Kernel>
static void launch(int gridX, int gridY, int threads, Kernel kernel) {
  blockDim = {threads, 1};
  body = kernel;
  for (int y = 0; y < gridY; y++) {
    for (int x = 0; x < gridX; x++) {
      blockIdx = {x, y};
      runBlock(threads);
    }
  }
}

static unsigned slots[1024][8];

}  // namespace emulation

static void __syncthreads() { emulation::pause(); }

static int __popc(unsigned value) { return __builtin_popcount(value); }

static int atomicAdd(int* address, int value) {
  int old = *address;
  *address += value;
  return old;
}

// A lane writes, all wait, a lane reads, and all wait until everybody has read.
static unsigned __ballot_sync(unsigned, bool predicate) {
  int self = emulation::current;
  emulation::slots[self][0] = predicate;
  emulation::pause();
  unsigned ballot = 0;
  for (int lane = 0; lane < 32; lane++) {
    ballot |= emulation::slots[(self & ~31) + lane][0] << lane;
  }
  emulation::pause();
  return ballot;
}

static unsigned __shfl_xor_sync(unsigned, unsigned value, int mask) {
  int self = emulation::current;
  emulation::slots[self][0] = value;
  emulation::pause();
  unsigned result = emulation::slots[self ^ mask][0];
  emulation::pause();
  return result;
}

// mma.m16n8k256 as the PTX ISA lays out its fragments: lane = 4 g + t.
// A: a0 = row g, bits 32t..; a1 = row g + 8; a2, a3 = the same 128 bits on. B: b0 = column g, bits 32t..; b1 = 128 on.
// D: d0, d1 = row g, columns 2t, 2t + 1; d2, d3 = row g + 8.
template <bool XOR>
static void multiply(int (&d)[4], const uint4& a, unsigned b0, unsigned b1) {
  int self = emulation::current;
  unsigned mine[6] = {a.x, a.y, a.z, a.w, b0, b1};
  memcpy(emulation::slots[self], mine, sizeof mine);
  emulation::pause();
  int warp = self & ~31;
  int g = (self & 31) >> 2;
  int t = self & 3;
  for (int i = 0; i < 4; i++) {
    int row = g + (i >> 1) * 8;
    int column = 2 * t + (i & 1);
    for (int word = 0; word < 8; word++) {
      unsigned left = emulation::slots[warp + (row & 7) * 4 + (word & 3)][(row >> 3) + 2 * (word >> 2)];
      unsigned right = emulation::slots[warp + column * 4 + (word & 3)][4 + (word >> 2)];
      d[i] += __popc(XOR ? left ^ right : left & right);
    }
  }
  emulation::pause();
}

static void multiplyXor(int (&d)[4], const uint4& a, unsigned b0, unsigned b1) { multiply<true>(d, a, b0, b1); }
static void multiplyAnd(int (&d)[4], const uint4& a, unsigned b0, unsigned b1) { multiply<false>(d, a, b0, b1); }

static void copy16(unsigned* shared, const unsigned* global, bool inside) {
  for (int i = 0; i < 4; i++) {
    shared[i] = inside ? global[i] : 0;
  }
}

static void copy4(unsigned* shared, const unsigned* global, bool inside) { *shared = inside ? *global : 0; }
static void commitCopies() {}
template <int PENDING>
static void awaitCopies() {}
