// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.compress.quantize.blockwise.BlockWeightType;
import dev.quench.compress.quantize.blockwise.BlockwiseOptions;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.util.List;
import java.util.stream.Stream;

/// What a form for ONNX Runtime is chosen for.
public enum FormPreference {
  /// The fastest.
  SPEED,
  /// The fastest, where weights alone in few bits are tried too: they pay where one token at a time
  /// is computed, as the data must then do.
  DECODING,
  /// The smallest, weights alone in few bits among them; its time may be above FP32's.
  SIZE;

  /// From the one with most in integers to the one with least.
  private static final List<QuantizedForm> INTEGERS =
      List.of(
          QuantizedForm.ONNX_RUNTIME,
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.WIDEST),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.DEFAULT.withImages(false)),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.WIDEST.withImages(false)),
          new QuantizedForm.OnnxRuntime(OnnxRuntimeOptions.DEFAULT.withJoins(false)),
          new QuantizedForm.Dynamic(NodeSelection.NONE),
          new QuantizedForm.Weights(NodeSelection.NONE));

  /// The forms to try.
  List<QuantizedForm> forms() {
    return this == SPEED
        ? INTEGERS
        : Stream.concat(
                INTEGERS.stream(),
                Stream.of(BlockWeightType.INT8, BlockWeightType.INT4)
                    .map(type -> new QuantizedForm.Blockwise(BlockwiseOptions.of(type))))
            .toList();
  }
}
