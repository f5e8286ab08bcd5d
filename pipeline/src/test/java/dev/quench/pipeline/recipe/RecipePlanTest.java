// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.pipeline.recipe.step.OptionSpec;
import dev.quench.pipeline.recipe.step.StepContext;
import dev.quench.pipeline.recipe.step.StepKind;
import dev.quench.pipeline.recipe.step.StepKinds;
import dev.quench.pipeline.recipe.step.StepOptions;
import dev.quench.pipeline.recipe.step.StepOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipePlanTest {
  /// A step of a machine that chooses so.
  private record Chosen(String resolved) implements StepKind {
    @Override
    public String name() {
      return "chosen";
    }

    @Override
    public int edition() {
      return 1;
    }

    @Override
    public List<OptionSpec> options() {
      return List.of();
    }

    @Override
    public Set<String> gives() {
      return Set.of();
    }

    @Override
    public boolean readsData(StepOptions options) {
      return false;
    }

    @Override
    public String resolved(StepOptions options) {
      return resolved;
    }

    @Override
    public StepOutcome run(StepContext context) {
      throw new AssertionError("planning runs nothing");
    }
  }

  @Test
  void aMachineThatChoosesOtherwiseHasAnotherKey() throws IOException {
    assertThat(key("compute=FP32"))
        .isEqualTo(key("compute=FP32"))
        .isNotEqualTo(key("compute=BF16"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "sparse-train", "fine-tune", "distill", "qat", "qaft"})
  void theKeyOfATrainingCoversItsArithmetic(String kind) {
    assertThat(StepKinds.named(kind).resolved(new StepOptions(Map.of("compute", "bf16"))))
        .isEqualTo("compute=BF16");
  }

  private static String key(String resolved) throws IOException {
    RecipeStep step =
        new RecipeStep(
            1, new Chosen(resolved), "one", new StepOptions(Map.of()), Map.of(), Optional.empty());
    Recipe recipe =
        new Recipe(Path.of("recipe.yaml"), Optional.empty(), Optional.empty(), 1, 1, List.of(step));
    return RecipePlan.of(recipe, Path.of("work")).getFirst().key();
  }
}
