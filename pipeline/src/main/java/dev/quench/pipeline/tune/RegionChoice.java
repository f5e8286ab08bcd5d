// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import dev.quench.pipeline.tune.plan.Pattern;
import dev.quench.pipeline.tune.plan.Plan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is done with regions of one pattern, and why.
///
/// @param scheme for people
/// @param reason one sentence
public record RegionChoice(Pattern pattern, String scheme, String reason) {
  /// How many alternatives a reason names.
  private static final int SHOWN = 3;

  /// Of each pattern of the space.
  public static List<RegionChoice> of(TuningOutcome outcome) {
    List<Pattern> patterns = outcome.space().patterns();
    Optional<TuningPoint.Measured> best = outcome.best();
    List<RegionChoice> choices = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = patterns.get(i);
      choices.add(
          best.isEmpty()
              ? new RegionChoice(
                  pattern, pattern.describe(pattern.allFloat()), "no plan pays for the whole model")
              : new RegionChoice(
                  pattern,
                  pattern.describe(best.get().plan().schemes().get(i)),
                  reason(outcome, best.get(), i)));
    }
    return choices;
  }

  private static String reason(TuningOutcome outcome, TuningPoint.Measured best, int index) {
    Pattern pattern = outcome.space().patterns().get(index);
    List<TuningPoint.Measured> others =
        outcome.measured().stream()
            .filter(point -> !point.form().equals(best.form()))
            .filter(point -> differsThereAlone(point.plan(), best.plan(), index))
            .sorted(Comparator.comparingDouble(TuningPoint.Measured::ratio))
            .toList();
    if (others.isEmpty()) {
      return "as in the plan that the others were tried on; alone it was not tried otherwise";
    }
    // Measured in the same way as the others; the best is measured once more in another.
    TuningPoint.Measured searched =
        outcome.measured().stream()
            .filter(point -> point.plan().equals(best.plan()))
            .findFirst()
            .orElse(best);
    List<String> texts = new ArrayList<>();
    for (TuningPoint.Measured other : others.subList(0, Math.min(SHOWN, others.size()))) {
      texts.add(
          "%s: %.2f of FP32's time, %s%s"
              .formatted(
                  pattern.describe(other.plan().schemes().get(index)),
                  other.ratio(),
                  other.loss(),
                  outcome.bound().holds(other.loss()) ? "" : ", outside the bound"));
    }
    return "%.2f of FP32's time, %s; instead ".formatted(searched.ratio(), searched.loss())
        + String.join("; ", texts);
  }

  private static boolean differsThereAlone(Plan plan, Plan best, int index) {
    return !plan.equals(best) && plan.with(index, best.schemes().get(index)).equals(best);
  }
}
