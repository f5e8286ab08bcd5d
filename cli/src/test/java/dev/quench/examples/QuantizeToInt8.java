// SPDX-License-Identifier: Apache-2.0
package dev.quench.examples;

import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;

/// Quantizes a model to INT8 and says what stays float.
final class QuantizeToInt8 {
  private QuantizeToInt8() {}

  static QuantizedModel run(Path modelFile, Dataset data, Path int8File) throws IOException {
    Model model = OnnxReader.read(modelFile);
    QuantizedModel int8 = QuantizationRecipe.of(model, RangeSource.on(data)).run();
    int8.write(int8File);
    int8.report().leftFloat().forEach(System.out::println);
    return int8;
  }
}
