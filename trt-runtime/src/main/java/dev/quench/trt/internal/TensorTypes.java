// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.trt.TensorRtException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.Dims64;

/// TensorRT's element types and dimensions in Quench's terms.
public final class TensorTypes {
  private TensorTypes() {}

  /// @throws TensorRtException for a type that Quench does not know
  public static DataType dataType(String tensor, nvinfer.DataType type) {
    return switch (type.intern()) {
      case kFLOAT -> DataType.FLOAT;
      case kHALF -> DataType.FLOAT16;
      case kBF16 -> DataType.BFLOAT16;
      case kINT8 -> DataType.INT8;
      case kINT32 -> DataType.INT32;
      case kINT64 -> DataType.INT64;
      case kBOOL -> DataType.BOOL;
      case kUINT8 -> DataType.UINT8;
      case kFP8 -> DataType.FLOAT8E4M3FN;
      case kINT4 -> DataType.INT4;
      case kFP4 -> DataType.FLOAT4E2M1;
      case kE8M0 -> DataType.FLOAT8E8M0;
      default ->
          throw new TensorRtException("tensor '%s' has unknown type %s".formatted(tensor, type));
    };
  }

  /// Converts free dimensions, which are -1 in TensorRT, to [Dim#UNKNOWN].
  ///
  /// @throws TensorRtException if TensorRT knows no shape for the tensor
  public static Shape shape(String tensor, Dims64 dims) {
    List<Dim> sizes = new ArrayList<>();
    for (long size : sizes(tensor, dims)) {
      sizes.add(size < 0 ? Dim.UNKNOWN : Dim.of(size));
    }
    return new Shape(sizes);
  }

  /// Keeps -1 for free dimensions.
  static long[] sizes(String tensor, Dims64 dims) {
    int rank = dims.nbDims();
    if (rank < 0) {
      throw new TensorRtException("TensorRT knows no shape for tensor '%s'".formatted(tensor));
    }
    long[] sizes = new long[rank];
    for (int i = 0; i < rank; i++) {
      sizes[i] = dims.d(i);
    }
    return sizes;
  }

  /// @throws IllegalArgumentException if the shape has more dimensions than TensorRT supports
  public static Dims64 dims(String tensor, long[] sizes) {
    if (sizes.length > Dims64.MAX_DIMS) {
      throw new IllegalArgumentException(
          "tensor '%s' has %d dimensions; TensorRT takes at most %d"
              .formatted(tensor, sizes.length, Dims64.MAX_DIMS));
    }
    Dims64 dims = new Dims64().nbDims(sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      dims.d(i, sizes[i]);
    }
    return dims;
  }
}
