// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.pipeline.CheckFailedException;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.trial.RealizedGain;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PruningRecipeTest {
  private static PruningRecipe measuring(double millis) {
    return PruningRecipe.of(
            Architecture.NIN.build(NetworkOptions.MNIST.withWidthMultiplier(0.25).withSeed(2)))
        .pruning(pruning -> pruning.ratio(0.3))
        .requireFaster()
        .measure(
            (_, _) -> new RealizedGain("onnxruntime", 1, new PairedLatency(2, millis, millis / 2)));
  }

  @Test
  void refusesAResultThatIsNotFaster() {
    assertThatThrownBy(() -> measuring(2).run())
        .isInstanceOf(CheckFailedException.class)
        .hasMessageContaining(
            "the pruned model is not faster: 2.000 ms for 1 sample on onnxruntime before, 1.00 times as fast now")
        .hasMessageContaining("nothing is written");
  }

  @Test
  void returnsAResultThatIsFaster() throws IOException {
    assertThat(measuring(1).run().gain().factor()).isEqualTo(2);
  }
}
