// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.trial.LossBound;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The forms that were tried, and the best of those that pay: within the bound on the loss and,
/// unless size is preferred, at least 2 % faster than FP32. Best is the fastest, or the smallest
/// where size is preferred.
///
/// @param trials in the order in which they were tried
/// @param bound what a form may lose
/// @param preference what it is chosen for
public record FormChoice(List<FormTrial> trials, LossBound bound, FormPreference preference) {
  /// A loss below this is noise, between models that compute the same.
  private static final double LARGEST_RATIO_OF_EQUALS = 1.03;

  /// Copies the list.
  public FormChoice {
    trials = List.copyOf(trials);
  }

  /// The fastest form that pays; empty where FP32 is fastest.
  public Optional<FormTrial.Measured> best() {
    return measured().stream()
        .filter(this::pays)
        .min(
            Comparator.comparingLong((FormTrial.Measured trial) ->
                    preference == FormPreference.SIZE ? trial.weightBytes() : 0)
                .thenComparingDouble(FormTrial.Measured::ratio));
  }

  /// The form to write: the best one; where none is faster, INT8 weights with float arithmetic,
  /// which take FP32's time and a quarter of its space. Empty where that loses too much.
  public Optional<FormTrial.Measured> kept() {
    return best()
        .or(() ->
            measured().stream()
                .filter(trial -> trial.form().form() instanceof QuantizedForm.Weights)
                .filter(
                    trial -> trial.ratio() <= LARGEST_RATIO_OF_EQUALS && bound.holds(trial.loss()))
                .findFirst());
  }

  private List<FormTrial.Measured> measured() {
    return trials.stream()
        .filter(FormTrial.Measured.class::isInstance)
        .map(FormTrial.Measured.class::cast)
        .toList();
  }

  private boolean pays(FormTrial.Measured trial) {
    return isFastEnough(trial) && bound.holds(trial.loss());
  }

  private boolean isFastEnough(FormTrial.Measured trial) {
    return preference == FormPreference.SIZE || trial.ratio() <= LossBound.LARGEST_RATIO;
  }

  /// Why arithmetic stays FP32, in one sentence.
  ///
  /// @throws IllegalStateException if a form pays
  public String whyFloat() {
    if (best().isPresent()) {
      throw new IllegalStateException("a form pays: " + best().get().form());
    }
    List<FormTrial.Measured> measured = measured();
    if (measured.isEmpty()) {
      return "no form could be tried";
    }
    FormTrial.Measured fastest =
        measured.stream().min(Comparator.comparingDouble(FormTrial.Measured::ratio)).orElseThrow();
    if (!isFastEnough(fastest)) {
      return "the fastest form, %s, takes %.2f of FP32's time"
          .formatted(fastest.form(), fastest.ratio());
    }
    FormTrial.Measured closest =
        measured.stream()
            .filter(this::isFastEnough)
            .max(Comparator.comparingDouble(FormTrial.Measured::worstCosine))
            .orElseThrow();
    return "of the %sforms %s comes closest (%s); asked for were %s"
        .formatted(
            preference == FormPreference.SIZE ? "" : "faster ",
            closest.form(),
            closest.verdict(),
            bound);
  }
}
