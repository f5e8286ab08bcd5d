// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.graph.Model;
import dev.quench.pipeline.Notes;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.run.Precision;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class EngineRecipeTest {
  private static final RangeSource DATA = RangeSource.on(SmallNetwork.data(40, 3));

  private static Model quantized() throws IOException {
    return QuantizationRecipe.of(SmallNetwork.model(), DATA).run().model();
  }

  @Test
  void explicitInt8NeedsNodesThatQuantize() {
    EngineRecipe recipe = EngineRecipe.of(SmallNetwork.model()).int8(new Int8Mode.Explicit());

    assertThatThrownBy(recipe::ready)
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("the model has no Q/DQ nodes");
  }

  @Test
  void quantizedModelsTakeNoFurtherRanges() throws IOException {
    EngineRecipe inserted = EngineRecipe.of(quantized()).int8(new Int8Mode.Inserted(DATA));
    EngineRecipe implicit = EngineRecipe.of(quantized()).int8(new Int8Mode.Implicit(DATA));

    assertThatThrownBy(inserted::ready).hasMessageContaining("Q/DQ nodes already");
    assertThatThrownBy(implicit::ready).hasMessageContaining("implicit INT8 is for models without");
  }

  @Test
  void insertedRangesQuantizeTheModel() throws IOException {
    Model model = SmallNetwork.model();
    EngineRecipe.of(model).int8(new Int8Mode.Inserted(DATA)).ready();

    assertThat(Precision.of(model)).isEqualTo(Precision.INT8);
  }

  @Test
  void halfPrecisionOfAQuantizedModelStandsInTheModel() throws IOException {
    Model model = quantized();
    EngineRecipe.of(model).arithmetic(Arithmetic.FP16).ready();

    assertThat(model.graph().nodes()).anyMatch(node -> node.is("Cast"));
  }

  @Test
  void halfPrecisionOfAFloatModelIsTheBuildersChoiceUnlessItIsStronglyTyped() throws IOException {
    Model free = SmallNetwork.model();
    EngineRecipe.of(free).arithmetic(Arithmetic.FP16).ready();
    Model typed = SmallNetwork.model();
    EngineRecipe.of(typed).arithmetic(Arithmetic.FP16).stronglyTyped(true).ready();

    assertThat(free.graph().nodes()).noneMatch(node -> node.is("Cast"));
    assertThat(typed.graph().nodes()).anyMatch(node -> node.is("Cast"));
  }

  @Test
  void samplesThatFillNoBatchAreNamed() throws IOException {
    Notes notes = new Notes();
    EngineRecipe.of(SmallNetwork.model()).int8(new Int8Mode.Implicit(DATA)).listener(notes).ready();

    assertThat(notes.lines()).anyMatch(line -> line.contains("8 of the 40 samples take no part"));
  }
}
