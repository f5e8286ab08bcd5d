// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The trained Network-in-Network on Fashion-MNIST images, as the demo bundles them.
class OnnxRuntimeCalibrationTest {
  private static final Path BUNDLED = Path.of("../cli/src/main/resources/dev/quench/cli/demo");
  private static final int SAMPLES = 96;

  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();
  private static Model model;
  private static Dataset images;
  private static Set<String> convolved;

  @TempDir Path folder;

  @BeforeAll
  static void load() throws IOException {
    model = OnnxReader.read(BUNDLED.resolve("nin-fashion-mnist.onnx"));
    images =
        IdxDataset.open(
                BUNDLED.resolve("t10k-images-idx3-ubyte.gz"),
                BUNDLED.resolve("t10k-labels-idx1-ubyte.gz"),
                new Normalization(1 / 255.0, List.of(0.2860), List.of(0.3530)),
                "image")
            .limit(SAMPLES);
    convolved = new LinkedHashSet<>();
    for (Node node : model.graph().nodes()) {
      if (node.is("Conv")) {
        convolved.add(node.inputs().getFirst().name());
      }
    }
  }

  @Test
  void rangesAreTheSameBitsForAnyBatchSizeAndThreads() throws IOException {
    CalibrationTable expected = Calibrator.using(BACKEND).calibrate(model, convolved, images);
    assertThat(expected.names()).hasSize(9).startsWith("image");
    for (int batchSize : new int[] {1, 7, 64}) {
      for (int threads = 1; threads <= 2; threads++) {
        assertThat(
                Calibrator.using(BACKEND)
                    .batchSize(batchSize)
                    .threads(threads)
                    .calibrate(model, convolved, images))
            .as("batch size %d, threads %d", batchSize, threads)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void minMaxFindsTheLargestOutput() throws IOException {
    String logits = model.graph().outputs().getFirst().name();
    double largest = 0;
    try (Session session = BACKEND.open(model, SessionOptions.DEFAULT.withThreads(1));
        var batches = images.batches(1)) {
      for (Iterator<Batch> each = batches.iterator(); each.hasNext(); ) {
        Map<String, Tensor> outputs = session.run(each.next().inputs());
        for (float value : outputs.get(logits).toFloats()) {
          largest = Math.max(largest, Math.abs(value));
        }
      }
    }

    assertThat(
            Calibrator.using(BACKEND)
                .method(RangeMethod.minMax())
                .calibrate(model, Set.of(logits), images)
                .threshold(logits))
        .hasValue(largest);
  }

  @Test
  void shardsOnFilesMergeToTheVeryTableOfOneRun() throws IOException {
    CalibrationTable whole =
        Calibrator.using(BACKEND).samples(40).threads(2).calibrate(model, convolved, images);
    for (int shard = 1; shard <= 3; shard++) {
      CalibrationTable part =
          Calibrator.using(BACKEND)
              .samples(40)
              .batchSize(shard * 3)
              .shard(shard, 3)
              .calibrate(model, convolved, images);
      part.write(folder.resolve(shard + ".json"));
      part.writeHistograms(folder.resolve(shard + ".histograms"));
    }
    CalibrationTable merged =
        CalibrationTable.merge(read(3), CalibrationTable.merge(read(1), read(2)));

    assertThat(merged.toJson()).isEqualTo(whole.toJson());
    assertThat(merged.forModel(model)).isSameAs(merged);
  }

  private CalibrationTable read(int shard) throws IOException {
    return CalibrationTable.read(folder.resolve(shard + ".json"))
        .withHistograms(folder.resolve(shard + ".histograms"));
  }

  @Test
  void everyScaleReachesTheTensorRtCache() throws IOException {
    CalibrationTable table = Calibrator.using(BACKEND).calibrate(model, convolved, images);
    TensorRtCache cache = TensorRtCache.of(table, TensorRtVersion.BUNDLED);
    Path file = folder.resolve("calibration.cache");
    cache.write(file);

    assertThat(TensorRtCache.read(file)).isEqualTo(cache);
    assertThat(cache.coverage(convolved).isComplete()).isTrue();
    table.vouchingFor(cache).requireCache(TensorRtCache.read(file));
  }
}
