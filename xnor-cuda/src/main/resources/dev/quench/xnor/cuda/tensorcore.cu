// SPDX-License-Identifier: Apache-2.0
//
// The product on the tensor cores: mma.m16n8k256 on bits, operands through shared memory by asynchronous copies.
// With XOR: sum = base - 2 popcount(a ^ w). With AND: sum = base - 2 |a| + 4 popcount(a & w), where |a| is the number
// of ones in the row; `base` differs between the two. Cost per step and warp: ROW_TILES + COLUMN_TILES loads of 16 bytes
// per lane for 2 ROW_TILES COLUMN_TILES multiplications.

constexpr int STEP_TILES = 2;  // depth of a step, in tiles
constexpr int STAGES = 3;      // steps that shared memory holds at a time

struct XorForm {
  static constexpr bool NEEDS_ONES = false;
  static __device__ __forceinline__ void multiply(int (&d)[4], const uint4& a, unsigned b0, unsigned b1) {
    multiplyXor(d, a, b0, b1);
  }
  static __device__ __forceinline__ int sum(int base, int, int count) { return base - 2 * count; }
};

struct AndForm {
  static constexpr bool NEEDS_ONES = true;
  static __device__ __forceinline__ void multiply(int (&d)[4], const uint4& a, unsigned b0, unsigned b1) {
    multiplyAnd(d, a, b0, b1);
  }
  static __device__ __forceinline__ int sum(int base, int ones, int count) { return base - 2 * ones + 4 * count; }
};

// Warps per block, and 16-row and 16-column tiles per warp.
template <int ROW_WARPS, int COLUMN_WARPS, int ROW_TILES, int COLUMN_TILES>
struct BlockShape {
  static constexpr int rowWarps = ROW_WARPS;
  static constexpr int rowTiles = ROW_TILES;
  static constexpr int columnTiles = COLUMN_TILES;
  static constexpr int threads = 32 * ROW_WARPS * COLUMN_WARPS;
  static constexpr int blockRowTiles = ROW_WARPS * ROW_TILES;
  static constexpr int blockColumnTiles = COLUMN_WARPS * COLUMN_TILES;
  static constexpr int blockRows = blockRowTiles * TILE_ROWS;
  static constexpr int leftSize = blockRowTiles * STEP_TILES * TILE_SIZE;
  static constexpr int rightSize = blockColumnTiles * STEP_TILES * TILE_SIZE;
};

using WideBlock = BlockShape<2, 2, 4, 4>;         // 128 x 128
using NarrowBlock = BlockShape<1, 2, 1, 2>;       // 16 x 64, for few rows
using ConvolutionBlock = BlockShape<2, 2, 4, 2>;  // 128 x 64

// Copies the tiles of a step from a tiled matrix; zeros beyond its end.
template <int TILES, int THREADS>
struct TileLoader {
  const unsigned* matrix;
  int firstTile;
  int rowTiles;
  int tiles;

  __device__ __forceinline__ void load(unsigned* shared, int step) const {
#pragma unroll
    for (int i = threadIdx.x; i < TILES * STEP_TILES * 32; i += THREADS) {
      int tile = i / 32;
      int rowTile = firstTile + tile / STEP_TILES;
      int depth = step * STEP_TILES + tile % STEP_TILES;
      bool inside = rowTile < rowTiles && depth < tiles;
      size_t offset = inside ? (static_cast<size_t>(rowTile) * tiles + depth) * TILE_SIZE + i % 32 * 4 : 0;
      copy16(shared + i * 4, matrix + offset, inside);
    }
  }
};

// Gathers the words of a step from the pixels under the windows; zeros for padding.
template <int ROWS, int THREADS>
struct PixelLoader {
  const PixelRows<ROWS>& pixels;

  __device__ __forceinline__ void load(unsigned* shared, int step) const {
    constexpr int WORDS = STEP_TILES * TILE_WORDS;
    int word = threadIdx.x % WORDS;
    int k = step * WORDS + word;
    for (int r = threadIdx.x / WORDS; r < ROWS; r += THREADS / WORDS) {
      const unsigned* address;
      bool inside = pixels.locate(r, k, address);
      int tile = r / TILE_ROWS * STEP_TILES + word / TILE_WORDS;
      copy4(shared + tile * TILE_SIZE + offsetInTile(r % TILE_ROWS, word % TILE_WORDS), address, inside);
    }
  }
};

template <class Form, class Block, class Loader, class Rows>
__device__ __forceinline__ void tensorProduct(
    const Loader& loader, const Rows& rows, const unsigned* weights, const int* base, int tiles,
    const Epilogue& epilogue) {
  __shared__ __align__(16) unsigned left[STAGES][Block::leftSize];
  __shared__ __align__(16) unsigned right[STAGES][Block::rightSize];
  int lane = threadIdx.x & 31;
  int warp = threadIdx.x >> 5;
  int rowWarp = warp % Block::rowWarps;
  int columnWarp = warp / Block::rowWarps;
  int firstColumnTile = blockIdx.y * Block::blockColumnTiles;
  TileLoader<Block::blockColumnTiles, Block::threads> columns = {
      weights, firstColumnTile, (epilogue.columns + TILE_ROWS - 1) / TILE_ROWS, tiles};
  int count[Block::rowTiles][2 * Block::columnTiles][4] = {};

  int steps = (tiles + STEP_TILES - 1) / STEP_TILES;
  for (int step = 0; step < STAGES - 1; step++) {
    if (step < steps) {
      loader.load(left[step], step);
      columns.load(right[step], step);
    }
    commitCopies();
  }
  for (int step = 0; step < steps; step++) {
    awaitCopies<STAGES - 2>();
    __syncthreads();  // all threads have this step, and none still reads the stage that is filled next
    int next = step + STAGES - 1;
    if (next < steps) {
      loader.load(left[next % STAGES], next);
      columns.load(right[next % STAGES], next);
    }
    commitCopies();
    const unsigned* leftStage = left[step % STAGES];
    const unsigned* rightStage = right[step % STAGES];
#pragma unroll
    for (int depth = 0; depth < STEP_TILES; depth++) {
      uint4 a[Block::rowTiles];
#pragma unroll
      for (int m = 0; m < Block::rowTiles; m++) {
        int tile = (rowWarp * Block::rowTiles + m) * STEP_TILES + depth;
        a[m] = *reinterpret_cast<const uint4*>(leftStage + tile * TILE_SIZE + lane * 4);
      }
#pragma unroll
      for (int n = 0; n < Block::columnTiles; n++) {
        int tile = (columnWarp * Block::columnTiles + n) * STEP_TILES + depth;
        uint4 b = *reinterpret_cast<const uint4*>(rightStage + tile * TILE_SIZE + lane * 4);
#pragma unroll
        for (int m = 0; m < Block::rowTiles; m++) {
          Form::multiply(count[m][2 * n], a[m], b.x, b.z);
          Form::multiply(count[m][2 * n + 1], a[m], b.y, b.w);
        }
      }
    }
  }

  // A lane holds, of each 16x8 block, columns 2t and 2t + 1 of rows g and g + 8.
  int group = lane >> 2;
  int inGroup = lane & 3;
#pragma unroll
  for (int m = 0; m < Block::rowTiles; m++) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int localRow = (rowWarp * Block::rowTiles + m) * TILE_ROWS + half * 8 + group;
      int row = blockIdx.x * Block::blockRows + localRow;
      bool realRow = row < epilogue.rows;
      int ones = Form::NEEDS_ONES && realRow ? rows.ones(row, localRow) : 0;
      const int* rowBase = base + (realRow ? rows.border(row) : 0) * epilogue.columns;
      int* sums = epilogue.sums + static_cast<size_t>(row) * epilogue.columns;
#pragma unroll
      for (int word = 0; word < Block::columnTiles / 2; word++) {
        int firstColumn = (firstColumnTile + columnWarp * Block::columnTiles) * TILE_ROWS + word * 32;
        unsigned bits = 0;
#pragma unroll
        for (int n = 0; n < 4; n++) {
#pragma unroll
          for (int i = 0; i < 2; i++) {
            int inWord = n * 8 + inGroup * 2 + i;
            int column = firstColumn + inWord;
            if (realRow && column < epilogue.columns) {
              int sum = Form::sum(rowBase[column], ones, count[m][word * 4 + n][half * 2 + i]);
              if (epilogue.sums != nullptr) {
                sums[column] = sum;
              }
              if (epilogue.bits != nullptr && epilogue.isNegative(sum, column)) {
                bits |= 1u << inWord;
              }
            }
          }
        }
        if (epilogue.bits != nullptr) {
          bits |= __shfl_xor_sync(0xffffffffu, bits, 1);
          bits |= __shfl_xor_sync(0xffffffffu, bits, 2);
          if (inGroup == 0) {
            epilogue.writeWord(row, firstColumn / 32, bits);
          }
        }
      }
    }
  }
}

template <class Form, class Block>
__device__ __forceinline__ void tensorGemm(
    const unsigned* left, const unsigned* right, const int* base, const int* counts, int tiles,
    const Epilogue& epilogue) {
  TileLoader<Block::blockRowTiles, Block::threads> loader = {
      left, static_cast<int>(blockIdx.x) * Block::blockRowTiles, (epilogue.rows + TILE_ROWS - 1) / TILE_ROWS, tiles};
  tensorProduct<Form, Block>(loader, MatrixRows{counts}, right, base, tiles, epilogue);
}

template <class Form>
__device__ __forceinline__ void tensorConvolution(
    const Convolution& convolution, const unsigned* weights, const int* base, int tiles, const Epilogue& epilogue) {
  constexpr int ROWS = ConvolutionBlock::blockRows;
  __shared__ int top[ROWS], left[ROWS], image[ROWS], count[ROWS];
  PixelRows<ROWS> pixels = {top, left, image, count, convolution};
  pixels.prepare(blockIdx.x * ROWS);
  __syncthreads();
  PixelLoader<ROWS, ConvolutionBlock::threads> loader = {pixels};
  tensorProduct<Form, ConvolutionBlock>(loader, pixels, weights, base, tiles, epilogue);
}

#define QUENCH_GEMM(NAME, FORM, BLOCK)                                                                               \
  extern "C" __global__ void __launch_bounds__(BLOCK::threads) NAME(                                                 \
      const unsigned* left, const unsigned* right, const int* base, const int* counts, int tiles, const int* bounds, \
      const int* flips, int* sums, unsigned* bits, int* bitCounts, int rows, int columns, int bitTiles) {            \
    Epilogue epilogue = {bounds, flips, sums, bits, bitCounts, rows, columns, bitTiles};                             \
    tensorGemm<FORM, BLOCK>(left, right, base, counts, tiles, epilogue);                                             \
  }

#define QUENCH_CONVOLUTION(NAME, FORM)                                                                             \
  extern "C" __global__ void __launch_bounds__(ConvolutionBlock::threads) NAME(                                    \
      const unsigned* input, const unsigned* weights, const int* base, const int* counts, int tiles,               \
      const int* bounds, const int* flips, int* sums, unsigned* bits, int* bitCounts,                              \
      const unsigned char* borders, int images, int height, int width, int words, int outHeight, int outWidth,     \
      int columns, int kernelHeight, int kernelWidth, int stride, int dilation, int padTop, int padLeft) {         \
    Convolution convolution = {input, counts, borders, images, height, width, words, outHeight,                    \
                               outWidth, kernelHeight, kernelWidth, stride, dilation, padTop, padLeft};            \
    Epilogue epilogue = {bounds, flips, sums, bits, bitCounts, convolution.rows(), columns, 0};                    \
    tensorConvolution<FORM>(convolution, weights, base, tiles, epilogue);                                          \
  }

QUENCH_GEMM(tensorGemmXor, XorForm, WideBlock)
QUENCH_GEMM(tensorGemmAnd, AndForm, WideBlock)
QUENCH_GEMM(tensorGemmXorNarrow, XorForm, NarrowBlock)
QUENCH_GEMM(tensorGemmAndNarrow, AndForm, NarrowBlock)
QUENCH_CONVOLUTION(tensorConvolutionXor, XorForm)
QUENCH_CONVOLUTION(tensorConvolutionAnd, AndForm)
