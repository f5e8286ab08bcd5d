// SPDX-License-Identifier: Apache-2.0
//
// The product by XOR and population count of 32-bit words: runs on every GPU and is the reference for the tensor cores.
// A block of 256 threads computes 64x64 sums, 4x4 per thread, from words in shared memory.
// sum = base - 2 popcount(a ^ w).

constexpr int POPCOUNT_SIDE = 64;
constexpr int POPCOUNT_WORDS = 16;
constexpr int POPCOUNT_THREADS = 256;

struct TiledSource {
  const unsigned* matrix;
  int rows;
  int tiles;

  // r: the row within the block.
  __device__ __forceinline__ unsigned word(int row, int, int k) const {
    return row < rows && k < tiles * TILE_WORDS ? matrix[offsetInTiles(row, k, tiles)] : 0;
  }
};

struct PixelSource {
  const PixelRows<POPCOUNT_SIDE>& pixels;

  __device__ __forceinline__ unsigned word(int, int r, int k) const {
    const unsigned* address;
    return pixels.locate(r, k, address) ? *address : 0;
  }
};

template <class Source, class Rows>
__device__ __forceinline__ void popcountProduct(
    const Source& source, const Rows& rows, const unsigned* weights, const int* base, int tiles,
    const Epilogue& epilogue) {
  __shared__ unsigned left[POPCOUNT_WORDS][POPCOUNT_SIDE + 1];
  __shared__ unsigned right[POPCOUNT_WORDS][POPCOUNT_SIDE + 1];
  int tx = threadIdx.x & 15;
  int ty = threadIdx.x >> 4;
  int firstRow = blockIdx.x * POPCOUNT_SIDE;
  int firstColumn = blockIdx.y * POPCOUNT_SIDE;
  TiledSource columns = {weights, epilogue.columns, tiles};
  int count[4][4] = {};

  for (int k = 0; k < tiles * TILE_WORDS; k += POPCOUNT_WORDS) {
    for (int i = threadIdx.x; i < POPCOUNT_SIDE * POPCOUNT_WORDS; i += POPCOUNT_THREADS) {
      int word = i % POPCOUNT_WORDS;
      int r = i / POPCOUNT_WORDS;
      left[word][r] = source.word(firstRow + r, r, k + word);
      right[word][r] = columns.word(firstColumn + r, r, k + word);
    }
    __syncthreads();
#pragma unroll
    for (int word = 0; word < POPCOUNT_WORDS; word++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          count[i][j] += __popc(left[word][ty + 16 * i] ^ right[word][tx + 16 * j]);
        }
      }
    }
    __syncthreads();
  }

  for (int i = 0; i < 4; i++) {
    int row = firstRow + ty + 16 * i;
    bool realRow = row < epilogue.rows;
    const int* rowBase = base + (realRow ? rows.border(row) : 0) * epilogue.columns;
    unsigned halves[4];
    for (int j = 0; j < 4; j++) {
      int column = firstColumn + tx + 16 * j;
      bool real = realRow && column < epilogue.columns;
      int sum = real ? rowBase[column] - 2 * count[i][j] : 0;
      if (epilogue.sums != nullptr && real) {
        epilogue.sums[static_cast<size_t>(row) * epilogue.columns + column] = sum;
      }
      // The two halves of a warp hold two rows.
      unsigned ballot =
          __ballot_sync(0xffffffffu, epilogue.bits != nullptr && real && epilogue.isNegative(sum, column));
      halves[j] = (ballot >> (threadIdx.x & 16)) & 0xffffu;
    }
    if (epilogue.bits != nullptr && tx == 0) {
      epilogue.writeWord(row, firstColumn / 32, halves[0] | (halves[1] << 16));
      epilogue.writeWord(row, firstColumn / 32 + 1, halves[2] | (halves[3] << 16));
    }
  }
}

extern "C" __global__ void __launch_bounds__(POPCOUNT_THREADS) popcountGemm(
    const unsigned* left, const unsigned* right, const int* base, const int* counts, int tiles, const int* bounds,
    const int* flips, int* sums, unsigned* bits, int* bitCounts, int rows, int columns, int bitTiles) {
  Epilogue epilogue = {bounds, flips, sums, bits, bitCounts, rows, columns, bitTiles};
  popcountProduct(TiledSource{left, rows, tiles}, MatrixRows{counts}, right, base, tiles, epilogue);
}

extern "C" __global__ void __launch_bounds__(POPCOUNT_THREADS) popcountConvolution(
    const unsigned* input, const unsigned* weights, const int* base, const int* counts, int tiles, const int* bounds,
    const int* flips, int* sums, unsigned* bits, int* bitCounts, const unsigned char* borders, int images, int height,
    int width, int words, int outHeight, int outWidth, int columns, int kernelHeight, int kernelWidth, int stride,
    int dilation, int padTop, int padLeft) {
  Convolution convolution = {input, counts, borders, images, height, width, words, outHeight,
                             outWidth, kernelHeight, kernelWidth, stride, dilation, padTop, padLeft};
  __shared__ int top[POPCOUNT_SIDE], from[POPCOUNT_SIDE], image[POPCOUNT_SIDE], count[POPCOUNT_SIDE];
  PixelRows<POPCOUNT_SIDE> pixels = {top, from, image, count, convolution};
  pixels.prepare(blockIdx.x * POPCOUNT_SIDE);
  __syncthreads();
  Epilogue epilogue = {bounds, flips, sums, bits, bitCounts, convolution.rows(), columns, 0};
  popcountProduct(PixelSource{pixels}, pixels, weights, base, tiles, epilogue);
}
