// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.data.array.RandomDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.ValueType.TensorType;
import dev.quench.io.FolderLock;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
  private static final PublishedTable TABLE = PublishedTable.named("micronet");
  private static final PlannedRun BINARY = new PlannedRun(TABLE.row("w1a32"), 1);

  @TempDir private Path root;

  private WorkFolder folder(int threads) {
    Dataset noise =
        RandomDataset.of(
            Map.of("image", new TensorType(DataType.FLOAT, Shape.of(1, 1, 28, 28))), 7, 20);
    return new WorkFolder(
        TABLE,
        root,
        new ReproductionData(
            "noise", noise, noise, Normalization.NONE, Shape.of(1, 28, 28), List.of()),
        new ReproductionSettings(OptionalInt.empty(), threads, Compute.FP32));
  }

  /// A run that stopped must not go on as one from another network.
  @Test
  void anotherStartHasAnotherFolder() {
    assertThat(folder(1).of(BINARY, Optional.of("one")))
        .isEqualTo(folder(1).of(BINARY, Optional.of("one")))
        .isNotEqualTo(folder(1).of(BINARY, Optional.of("other")))
        .isNotEqualTo(folder(2).of(BINARY, Optional.of("one")))
        .hasParentRaw(root);
  }

  @Test
  void oneProcessWorksOnARunWhateverItsThreads() throws IOException {
    PlannedRun otherSeed = new PlannedRun(BINARY.row(), 2);
    try (FolderLock _ = folder(1).tryLock(BINARY).orElseThrow()) {
      assertThat(folder(2).tryLock(BINARY)).isEmpty();
      folder(2).tryLock(otherSeed).orElseThrow().close();
    }
  }
}
