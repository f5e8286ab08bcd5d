// SPDX-License-Identifier: Apache-2.0
//
// The memory layout of bits, the rows of a product and the output of sums. A bit is 1 for the value -1; bits beyond the
// real columns are 0.

// A tile is 16 rows of 8 words (256 bits), in the order in which the lanes of a warp hold the fragments of
// mma.m16n8k256, so that a lane loads its part as one 16-byte vector and a warp reads 512 bytes at once.
constexpr int TILE_ROWS = 16;
constexpr int TILE_WORDS = 8;
constexpr int TILE_SIZE = TILE_ROWS * TILE_WORDS;

// Offset in words inside a tile; row in [0, 16), word in [0, 8).
__device__ __forceinline__ int offsetInTile(int row, int word) {
  int lane = ((row & 7) << 2) | (word & 3);
  int part = ((row >> 3) & 1) | ((word & 4) >> 1);
  return lane * 4 + part;
}

// Offset in words inside a tiled matrix with `tiles` tiles per row.
__device__ __forceinline__ size_t offsetInTiles(int row, int word, int tiles) {
  size_t tile = static_cast<size_t>(row >> 4) * tiles + (word >> 3);
  return tile * TILE_SIZE + offsetInTile(row & 15, word & 7);
}

// Output of the sums: written as integers, or compared with the bound of their column and written as bits.
struct Epilogue {
  const int* bounds;  // by column: smaller sums become -1
  const int* flips;   // by column: 1 swaps -1 and +1
  int* sums;          // [rows][columns], or null
  unsigned* bits;     // or null
  int* bitCounts;     // by row: the number of ones is added
  int rows;
  int columns;
  int bitTiles;  // tiles per row of `bits`; 0 if the layout is row by row

  __device__ __forceinline__ bool isNegative(int sum, int column) const {
    return (sum < bounds[column]) != (flips[column] != 0);
  }

  __device__ __forceinline__ void writeWord(int row, int word, unsigned value) const {
    int words = (columns + 31) >> 5;
    if (row >= rows || word >= words) {
      return;
    }
    size_t offset = bitTiles > 0 ? offsetInTiles(row, word, bitTiles) : static_cast<size_t>(row) * words + word;
    bits[offset] = value;
    atomicAdd(bitCounts + row, __popc(value));
  }
};

// Rows of a plain matrix.
struct MatrixRows {
  const int* counts;  // ones by row

  __device__ __forceinline__ int ones(int row, int) const { return counts[row]; }
  __device__ __forceinline__ int border(int) const { return 0; }
};

// A convolution: a row of the product is an output pixel, and its bits are those of the input pixels under the window,
// tap by tap. Padding counts as the value 0.
struct Convolution {
  const unsigned* input;  // [images][height][width][words]
  const int* counts;      // ones by input pixel
  const unsigned char* borders;  // by output pixel of an image: index of the table in `base`
  int images;
  int height;
  int width;
  int words;
  int outHeight;
  int outWidth;
  int kernelHeight;
  int kernelWidth;
  int stride;
  int dilation;
  int padTop;
  int padLeft;

  __device__ __forceinline__ int rows() const { return images * outHeight * outWidth; }
  __device__ __forceinline__ int depth() const { return kernelHeight * kernelWidth * words; }

  __device__ __forceinline__ bool inside(int y, int x) const {
    return static_cast<unsigned>(y) < static_cast<unsigned>(height) &&
           static_cast<unsigned>(x) < static_cast<unsigned>(width);
  }
};

// The output pixels of a block, computed once.
template <int ROWS>
struct PixelRows {
  int (&top)[ROWS];
  int (&left)[ROWS];
  int (&image)[ROWS];
  int (&count)[ROWS];
  const Convolution& convolution;

  // Fills the tables; the caller synchronizes.
  __device__ __forceinline__ void prepare(int firstRow) {
    for (int r = threadIdx.x; r < ROWS; r += blockDim.x) {
      int row = firstRow + r;
      int pixel = row % (convolution.outHeight * convolution.outWidth);
      bool real = row < convolution.rows();
      // Rows beyond the last are placed so far above the image that all their taps are padding.
      top[r] = real ? pixel / convolution.outWidth * convolution.stride - convolution.padTop : -(1 << 28);
      left[r] = pixel % convolution.outWidth * convolution.stride - convolution.padLeft;
      image[r] = row / (convolution.outHeight * convolution.outWidth);
      int ones = 0;
      for (int ky = 0; ky < convolution.kernelHeight; ky++) {
        for (int kx = 0; kx < convolution.kernelWidth; kx++) {
          int y = top[r] + ky * convolution.dilation;
          int x = left[r] + kx * convolution.dilation;
          if (convolution.inside(y, x)) {
            ones += convolution.counts[(image[r] * convolution.height + y) * convolution.width + x];
          }
        }
      }
      count[r] = ones;
    }
  }

  // Finds word `k` of the row; false if it is padding or beyond the end.
  __device__ __forceinline__ bool locate(int r, int k, const unsigned*& address) const {
    int tap = k / convolution.words;
    int y = top[r] + tap / convolution.kernelWidth * convolution.dilation;
    int x = left[r] + tap % convolution.kernelWidth * convolution.dilation;
    bool real = k < convolution.depth() && convolution.inside(y, x);
    size_t pixel = static_cast<size_t>(image[r] * convolution.height + y) * convolution.width + x;
    address = real ? convolution.input + pixel * convolution.words + k % convolution.words : convolution.input;
    return real;
  }

  __device__ __forceinline__ int ones(int, int r) const { return count[r]; }
  __device__ __forceinline__ int border(int row) const {
    return convolution.borders[row % (convolution.outHeight * convolution.outWidth)];
  }
};
