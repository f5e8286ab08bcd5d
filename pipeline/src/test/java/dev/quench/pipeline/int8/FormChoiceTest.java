// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.compress.quantize.blockwise.BlockWeightType;
import dev.quench.compress.quantize.blockwise.BlockwiseOptions;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.SmallNetwork;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class FormChoiceTest {
  private static final QuantizedForm DYNAMIC = new QuantizedForm.Dynamic(NodeSelection.NONE);

  private static FormTrial.Measured trial(
      QuantizedForm form, double millis, double cosine, double drop) {
    QuantizationReport report =
        new QuantizationReport(List.of("Conv 'c'"), List.of(), List.of(), List.of());
    return new FormTrial.Measured(
        new FormVariant(form, false),
        SmallNetwork.model(),
        report,
        millis,
        1,
        cosine,
        OptionalDouble.of(drop));
  }

  private static FormTrial.Measured trial(QuantizedForm form, double millis, double cosine) {
    return trial(form, millis, cosine, 0);
  }

  private static FormChoice choice(FormTrial... trials) {
    return new FormChoice(List.of(trials), new LossBound(0.95, 0.01), FormPreference.SPEED);
  }

  @Test
  void keepsTheFastestWithinTheBound() {
    FormTrial.Measured faster = trial(DYNAMIC, 0.4, 0.94);
    FormTrial.Measured slower = trial(QuantizedForm.ONNX_RUNTIME, 0.6, 0.96);
    assertThat(choice(faster, slower).best()).contains(slower);
  }

  @Test
  void aFormThatLosesTooMuchOfTheScoreDoesNotPay() {
    FormTrial.Measured lossy = trial(DYNAMIC, 0.4, 0.99, 0.07);
    FormTrial.Measured sound = trial(QuantizedForm.ONNX_RUNTIME, 0.6, 0.99, 0.005);
    assertThat(choice(lossy, sound).best()).contains(sound);
    assertThat(lossy.verdict()).contains("loses 7.00 points");
  }

  @Test
  void theSmallestPaysWhereSizeIsPreferredEvenIfItIsSlower() {
    FormTrial.Measured fast = trial(DYNAMIC, 0.4, 0.99);
    Model small = SmallNetwork.model();
    QuantizedForm weights = new QuantizedForm.Blockwise(BlockwiseOptions.of(BlockWeightType.INT4));
    small
        .graph()
        .setInitializer(
            small.graph().value("second.w").orElseThrow(), Tensor.ofFloats(Shape.of(1), 1));
    FormTrial.Measured smaller =
        new FormTrial.Measured(
            new FormVariant(weights, false),
            small,
            fast.report(),
            1.2,
            1,
            0.99,
            OptionalDouble.empty());
    LossBound bound = new LossBound(0.95, 0.01);

    assertThat(new FormChoice(List.of(fast, smaller), bound, FormPreference.SIZE).best())
        .contains(smaller);
    assertThat(new FormChoice(List.of(fast, smaller), bound, FormPreference.DECODING).best())
        .contains(fast);
  }

  @Test
  void weightsAloneAreTriedOnlyWhereAsked() {
    assertThat(FormPreference.SPEED.forms())
        .noneMatch(QuantizedForm.Blockwise.class::isInstance)
        .hasSize(7);
    assertThat(FormPreference.SIZE.forms())
        .filteredOn(QuantizedForm.Blockwise.class::isInstance)
        .hasSize(2);
  }

  @Test
  void refusesABoundThatIsNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> new LossBound(1.5, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new LossBound(0.9, -1));
  }

  @Test
  void aGainOfLessThanTwoPercentIsNone() {
    FormChoice choice = choice(trial(DYNAMIC, 0.985, 1));
    assertThat(choice.best()).isEmpty();
    assertThat(choice.whyFloat()).isEqualTo("the fastest form, dynamic, takes 0.99 of FP32's time");
  }

  @Test
  void whereNothingIsFasterTheWeightsAloneAreKept() {
    FormTrial.Measured weights = trial(new QuantizedForm.Weights(NodeSelection.NONE), 1.02, 0.999);
    FormChoice choice = choice(trial(DYNAMIC, 1.2, 1), weights);
    assertThat(choice.best()).isEmpty();
    assertThat(choice.kept()).contains(weights);
    assertThat(choice.whyFloat()).contains("takes 1.02 of FP32's time");
  }

  @Test
  void weightsAloneAreNotKeptIfTheyLoseTooMuchOrTakeLonger() {
    QuantizedForm weights = new QuantizedForm.Weights(NodeSelection.NONE);
    assertThat(choice(trial(weights, 1, 0.94)).kept()).isEmpty();
    assertThat(choice(trial(weights, 1.04, 1)).kept()).isEmpty();
    assertThat(choice(trial(DYNAMIC, 1, 1)).kept()).isEmpty();
  }

  @Test
  void aFasterFormIsKeptBeforeTheWeightsAlone() {
    FormTrial.Measured faster = trial(DYNAMIC, 0.9, 0.96);
    FormTrial.Measured weights = trial(new QuantizedForm.Weights(NodeSelection.NONE), 1, 1);
    assertThat(choice(faster, weights).kept()).contains(faster);
  }

  @Test
  void saysWhichFormComesClosestToTheBound() {
    FormChoice choice =
        choice(trial(DYNAMIC, 0.4, 0.90), trial(QuantizedForm.ONNX_RUNTIME, 0.5, 0.94));
    assertThat(choice.whyFloat())
        .startsWith("of the faster forms static, joins in integers, depthwise float comes closest")
        .endsWith(
            "asked for were a worst cosine of 0.9500 or more and a loss of 1.00 points or less");
  }

  @Test
  void formsThatWereLeftCountForNothing() {
    FormChoice choice =
        choice(new FormTrial.Left(new FormVariant(DYNAMIC, false), "it leaves every layer float"));
    assertThat(choice.best()).isEmpty();
    assertThat(choice.whyFloat()).isEqualTo("no form could be tried");
  }

  @Test
  void hasNoReasonAgainstAFormThatPays() {
    assertThatIllegalStateException().isThrownBy(() -> choice(trial(DYNAMIC, 0.5, 1)).whyFloat());
  }
}
