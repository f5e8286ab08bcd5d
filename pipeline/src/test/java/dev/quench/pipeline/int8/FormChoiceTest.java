// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.util.List;
import org.junit.jupiter.api.Test;

class FormChoiceTest {
  private static final QuantizedForm DYNAMIC = new QuantizedForm.Dynamic(NodeSelection.NONE);

  private static FormTrial.Measured trial(QuantizedForm form, double millis, double cosine) {
    QuantizationReport report =
        new QuantizationReport(List.of("Conv 'c'"), List.of(), List.of(), List.of());
    return new FormTrial.Measured(form, SmallNetwork.model(), report, millis, 1, cosine);
  }

  private static FormChoice choice(FormTrial... trials) {
    return new FormChoice(List.of(trials), 0.95);
  }

  @Test
  void keepsTheFastestWithinTheBound() {
    FormTrial.Measured faster = trial(DYNAMIC, 0.4, 0.94);
    FormTrial.Measured slower = trial(QuantizedForm.ONNX_RUNTIME, 0.6, 0.96);
    assertThat(choice(faster, slower).best()).contains(slower);
  }

  @Test
  void aGainOfLessThanTwoPercentIsNone() {
    FormChoice choice = choice(trial(DYNAMIC, 0.985, 1));
    assertThat(choice.best()).isEmpty();
    assertThat(choice.whyFloat()).isEqualTo("the fastest form, dynamic, takes 0.99 of FP32's time");
  }

  @Test
  void saysWhichFormComesClosestToTheBound() {
    FormChoice choice =
        choice(trial(DYNAMIC, 0.4, 0.90), trial(QuantizedForm.ONNX_RUNTIME, 0.5, 0.94));
    assertThat(choice.whyFloat())
        .startsWith("of the faster forms static, joins in integers, depthwise float comes closest")
        .endsWith("with a worst cosine of 0.9400; at least 0.9500 was asked for");
  }

  @Test
  void formsThatWereLeftCountForNothing() {
    FormChoice choice = choice(new FormTrial.Left(DYNAMIC, "it leaves every layer float"));
    assertThat(choice.best()).isEmpty();
    assertThat(choice.whyFloat()).isEqualTo("no form could be tried");
  }

  @Test
  void hasNoReasonAgainstAFormThatPays() {
    assertThatIllegalStateException().isThrownBy(() -> choice(trial(DYNAMIC, 0.5, 1)).whyFloat());
  }
}
