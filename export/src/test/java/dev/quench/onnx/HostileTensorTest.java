// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import static dev.quench.onnx.HostileModels.assertRefused;
import static dev.quench.onnx.HostileModels.tensor;
import static dev.quench.onnx.HostileModels.using;

import com.google.protobuf.ByteString;
import dev.quench.onnx.proto.OnnxProto.TensorProto;
import org.junit.jupiter.api.Test;

/// Tensors that contradict themselves are refused.
class HostileTensorTest {
  @Test
  void withTheWrongNumberOfBytes() {
    assertRefused(
        using(tensor(2, 3).setRawData(ByteString.copyFrom(new byte[23]))),
        "tensor 'w'",
        "needs 24 bytes",
        "has 23");
  }

  @Test
  void withTheWrongNumberOfNumbers() {
    assertRefused(using(tensor(3).addFloatData(1)), "tensor 'w'", "needs 3", "got 1");
    assertRefused(using(tensor(3)), "tensor 'w'", "needs 3", "got 0");
  }

  @Test
  void whoseDimensionsOverflow() {
    assertRefused(using(tensor(1L << 40, 1L << 40)), "tensor 'w'", "overflows");
    assertRefused(using(tensor(Long.MAX_VALUE / 2)), "tensor 'w'", "overflows");
  }

  @Test
  void thatAreHugeWithoutData() {
    assertRefused(using(tensor(1L << 35)), "tensor 'w'", "limit");
    assertRefused(using(tensor(1L << 30)), "tensor 'w'", "got 0");
  }

  @Test
  void withNegativeDimensions() {
    assertRefused(using(tensor(-1)), "tensor 'w'", "[-1]");
  }

  @Test
  void ofUnknownType() {
    assertRefused(using(tensor(1).setDataType(99)), "tensor 'w'", "99");
  }

  @Test
  void inSegments() {
    assertRefused(
        using(tensor(1).addFloatData(1).setSegment(TensorProto.Segment.newBuilder().setEnd(1))),
        "tensor 'w'",
        "segments");
  }
}
