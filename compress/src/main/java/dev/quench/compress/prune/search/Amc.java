// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import dev.quench.compress.prune.LayerSize;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Learns widths by reinforcement: an episode goes through the groups, the action is the share of
/// each that stays, the reward minus the loss of the model at the end.
///
/// Actions are clipped so that the rest can still be narrow enough (algorithm 1), so every model
/// tried holds the cost. Source: He et al., AMC: AutoML for model compression and acceleration on
/// mobile devices, ECCV 2018. Differs from it: an action is the share of the channels of a group
/// rather than of one layer's inputs; the bound counts rounded widths, so that it is never
/// exceeded; a model that was tried before is not measured again.
public final class Amc {
  private static final int EPISODES_REMEMBERED = 100;

  private final List<List<Integer>> widths;
  private final AmcStates states;
  private final WidthProgram costs;
  private final double most;
  private final AmcOptions options;
  private final SplittableRandom random;

  /// @param widths of each group, in descending order
  /// @param layers the layer that each group is named after
  /// @param costs of widths; its losses are not used
  /// @param most cost that is allowed; some widths must hold it
  public Amc(
      List<List<Integer>> widths,
      List<LayerSize> layers,
      WidthProgram costs,
      double most,
      AmcOptions options) {
    this.widths = List.copyOf(widths);
    this.states = new AmcStates(layers);
    this.costs = costs;
    this.most = most;
    this.options = options;
    this.random = new SplittableRandom(options.seed());
  }

  /// Runs all episodes.
  ///
  /// @return what was tried, with its measured loss, the best first
  public List<WidthPlan> run(WidthTrial trial, Progress progress) throws IOException {
    ActorCritic learner =
        new ActorCritic(
            AmcStates.SIZE,
            options.hidden(),
            options.batch(),
            EPISODES_REMEMBERED * widths.size(),
            random);
    Map<List<Integer>, Double> tried = new HashMap<>();
    double noise = options.noise();
    progress.begin("episodes", options.episodes());
    try {
      for (int episode = 0; episode < options.episodes(); episode++) {
        boolean warm = episode >= options.randomEpisodes();
        List<Transition> steps = new ArrayList<>();
        List<Integer> chosen = play(learner, warm ? noise : Double.POSITIVE_INFINITY, steps);
        Double loss = tried.get(chosen);
        if (loss == null) {
          loss = trial.loss(chosen);
          tried.put(chosen, loss);
        }
        for (Transition step : steps) {
          learner.remember(step, -loss);
        }
        if (warm) {
          noise *= options.noiseDecay();
          steps.forEach(_ -> learner.learn());
        }
        progress.advance(1);
      }
    } finally {
      progress.end();
    }
    return tried.entrySet().stream()
        .map(each -> new WidthPlan(each.getKey(), each.getValue(), costs.cost(each.getKey())))
        .sorted(Comparator.comparingDouble(WidthPlan::loss).thenComparingDouble(WidthPlan::cost))
        .toList();
  }

  /// @param noise σ; infinity for uniform actions
  private List<Integer> play(ActorCritic learner, double noise, List<Transition> steps) {
    List<Integer> chosen = new ArrayList<>();
    for (List<Integer> each : widths) {
      chosen.add(each.getLast());
    }
    double[] kept = new double[widths.size()];
    for (int group = 0; group < kept.length; group++) {
      float[] state = states.of(kept, group);
      double wanted =
          noise == Double.POSITIVE_INFINITY
              ? random.nextDouble()
              : truncatedNormal(learner.action(state), noise);
      chosen.set(group, clipped(chosen, group, wanted));
      kept[group] = (double) chosen.get(group) / widths.get(group).getFirst();
      boolean last = group == kept.length - 1;
      steps.add(
          new Transition(
              state, (float) kept[group], states.of(kept, last ? group : group + 1), last));
    }
    return chosen;
  }

  /// The width nearest to a share that leaves the groups behind room at their narrowest.
  private int clipped(List<Integer> chosen, int group, double share) {
    List<Integer> tried = new ArrayList<>(chosen);
    int best = widths.get(group).getLast();
    double nearest = Double.POSITIVE_INFINITY;
    for (int width : widths.get(group)) {
      double distance = Math.abs(share - (double) width / widths.get(group).getFirst());
      tried.set(group, width);
      if (distance < nearest && costs.cost(tried) <= most) {
        nearest = distance;
        best = width;
      }
    }
    return best;
  }

  /// Normal, drawn anew until it lies in \[0, 1\].
  private double truncatedNormal(double mean, double deviation) {
    while (true) {
      double drawn = mean + deviation * random.nextGaussian();
      if (drawn >= 0 && drawn <= 1) {
        return drawn;
      }
    }
  }
}
