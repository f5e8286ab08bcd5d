// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.trt.Models;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TapsTest {
  private final Model model = Models.quantized();

  @Test
  void makesInnerTensorsOutputsOfACopy() {
    Model tapped = Taps.of(model, Set.of("q")).withOutputs(model);
    assertThat(tapped.graph().outputs()).extracting(Value::name).containsExactly("y", "q");
    assertThat(model.graph().outputs()).extracting(Value::name).containsExactly("y");
  }

  @Test
  void leavesTheModelAloneWhenNothingIsMissing() {
    assertThat(Taps.of(model, Set.of("y", "x", "scale")).withOutputs(model)).isSameAs(model);
  }

  @Test
  void knowsWhereEachTapComesFrom() {
    Taps taps = Taps.of(model, Set.of("x", "q", "y", "scale"));
    assertThat(taps.engineOutputs()).containsExactlyInAnyOrder("q", "y");
    assertThat(taps.inputs()).containsExactly("x");
    assertThat(taps.constants()).containsOnlyKeys("scale");
  }

  @Test
  void refusesANameThatIsNoTensor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Taps.of(model, Set.of("nowhere")))
        .withMessage("tap 'nowhere': the main graph has no tensor of that name");
  }
}
