// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import dev.quench.compress.prune.PruningSpace;
import dev.quench.compress.prune.search.Amc;
import dev.quench.compress.prune.search.AmcOptions;
import dev.quench.compress.prune.search.NeighbourSearch;
import dev.quench.compress.prune.search.WidthLosses;
import dev.quench.compress.prune.search.WidthPlan;
import dev.quench.compress.prune.search.WidthProgram;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// One search, with all that it measures by.
final class PlannedSearch {
  /// What a measured time may be above the target, as times vary by it.
  private static final double NOISE = 1.02;

  private static final int TIMED_PLANS = 6;
  private static final int HALVINGS = 10;

  /// How much an error of 1 of the outputs weighs beside a drop of the score by 1: enough to tell
  /// apart what the score of some hundred samples does not.
  private static final double ERROR_WEIGHT = 0.1;

  private final PruningSpace space;
  private final WidthJudge judge;
  private final SearchState state;
  private final boolean scored;
  private final WidthCost cost;
  private final int evaluations;
  private final RecipeListener listener;
  private final Progress progress;
  private final Set<List<Integer>> evaluated = new HashSet<>();

  PlannedSearch(
      PruningSpace space,
      WidthJudge judge,
      SearchState state,
      boolean scored,
      WidthCost cost,
      int evaluations,
      RecipeListener listener) {
    this.space = space;
    this.judge = judge;
    this.state = state;
    this.scored = scored;
    this.cost = cost;
    this.evaluations = evaluations;
    this.listener = listener;
    this.progress = listener.progress();
  }

  SearchOutcome run(SearchMethod method, SearchTarget target, LatencyMeasurement clock, long seed)
      throws IOException {
    if (target instanceof SearchTarget.Drop && !scored) {
      throw new PruningException(
          "a bound on the drop needs samples with labels, and the data have none; give a ratio or a time");
    }
    WidthProgram costs = new WidthProgram(lossless(), cost.terms());
    requireReachable(costs.cheapest());
    WidthPlan plan =
        switch (method) {
          case SENSITIVITY -> bySensitivity(target, clock);
          case AMC -> byLearning(clock, costs, seed);
        };
    state.save();
    return outcome(method, target, plan, costs, clock);
  }

  private List<WidthLosses> lossless() {
    return space.groups().stream()
        .map(group ->
            new WidthLosses(group.widths(), group.widths().stream().map(_ -> 0.0).toList()))
        .toList();
  }

  private void requireReachable(WidthPlan cheapest) {
    if (cheapest.cost() > cost.most()) {
      throw new PruningException(
          cost.timed()
              ? String.format(
                  Locale.ROOT,
                  "no widths take %.4g ms or less: the original takes %.4g ms, the fastest widths about %.4g ms; ask for more, or lower the floor",
                  cost.most(),
                  cost.original(),
                  cheapest.cost())
              : String.format(
                  Locale.ROOT,
                  "a share of %.3f of the %s cannot go: at most %.3f can, from %d groups of channels; ask for less or lower the floor",
                  1 - cost.most() / cost.original(),
                  cost.label(),
                  Math.floor(1000 * (1 - cheapest.cost() / cost.original())) / 1000,
                  space.groups().size()));
    }
    if (cost.timed() && cost.original() <= cost.most() && cost.most() < Double.MAX_VALUE) {
      throw new PruningException(
          String.format(
              Locale.ROOT,
              "the model takes %.4g ms already, no more than the %.4g ms asked for; nothing has to go",
              cost.original(),
              cost.most()));
    }
  }

  private WidthPlan bySensitivity(SearchTarget target, LatencyMeasurement clock)
      throws IOException {
    List<WidthLosses> losses = sensitivities();
    WidthProgram program = new WidthProgram(losses, cost.terms());
    if (!program.isExact()) {
      listener.note(
          "note: concatenations tie many groups together; the widths found are good, not surely the best");
    }
    if (target instanceof SearchTarget.Drop drop) {
      return cheapestWithin(drop.maxDrop(), program);
    }
    double bound = cost.timed() ? timedBound(program, clock) : cost.most();
    WidthPlan planned = program.solve(bound).orElseThrow();
    progress.begin("neighbours of the plan", Math.max(1, left()));
    try {
      WidthPlan better =
          new NeighbourSearch(losses, program, bound).improve(planned, this::advancing, left());
      return !cost.timed() || millis(better, clock) <= cost.most() * NOISE ? better : planned;
    } finally {
      progress.end();
    }
  }

  private double advancing(List<Integer> widths) throws IOException {
    progress.advance(1);
    return loss(widths);
  }

  private int left() {
    return Math.max(1, evaluations - evaluated.size());
  }

  /// What each width of each group loses alone, beyond what the widest of all lose; never less for
  /// fewer channels.
  private List<WidthLosses> sensitivities() throws IOException {
    List<Integer> widest = widest();
    double base = loss(widest);
    List<WidthLosses> losses = new ArrayList<>();
    progress.begin(
        "sensitivities",
        space.groups().stream().mapToInt(group -> group.widths().size() - 1).sum());
    try {
      for (int group = 0; group < space.groups().size(); group++) {
        List<Double> found = new ArrayList<>();
        double largest = 0;
        for (int width : space.groups().get(group).widths()) {
          largest = Math.max(largest, loss(alone(group, width)) - base);
          found.add(largest);
        }
        losses.add(new WidthLosses(space.groups().get(group).widths(), found));
        progress.advance(found.size() - 1);
      }
    } finally {
      progress.end();
    }
    state.save();
    return losses;
  }

  private List<Integer> widest() {
    return space.groups().stream().map(group -> group.widths().getFirst()).toList();
  }

  private List<Integer> alone(int group, int width) {
    List<Integer> widths = new ArrayList<>(widest());
    widths.set(group, width);
    return widths;
  }

  private double loss(List<Integer> widths) throws IOException {
    WidthLoss loss = judge.of(widths);
    evaluated.add(widths);
    return scored
        ? Math.max(0, loss.drop()) + ERROR_WEIGHT * loss.outputError()
        : loss.outputError();
  }

  /// The cheapest plan of the program that loses no more; its cost by halving.
  private WidthPlan cheapestWithin(double maxDrop, WidthProgram program) throws IOException {
    double low = program.cheapest().cost();
    WidthPlan best = program.solve(Double.MAX_VALUE).orElseThrow();
    double least = drop(best);
    if (least > maxDrop) {
      throw new PruningException(
          String.format(
              Locale.ROOT,
              "no widths lose %.2f points or less: the widest that fit the alignment lose %.2f",
              100 * maxDrop,
              100 * least));
    }
    double high = best.cost();
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      Optional<WidthPlan> tried = program.solve(middle);
      if (tried.isPresent() && drop(tried.get()) <= maxDrop) {
        best = tried.get();
        high = best.cost();
      } else {
        low = middle;
      }
    }
    if (best.widths().equals(widest())) {
      throw new PruningException(
          String.format(
              Locale.ROOT,
              "no widths below the widest lose %.2f points or less before fine-tuning; allow more, or give a ratio and fine-tune",
              100 * maxDrop));
    }
    return best;
  }

  private double drop(WidthPlan plan) throws IOException {
    evaluated.add(plan.widths());
    return judge.of(plan.widths()).drop();
  }

  /// The predicted time at which the plan of the program holds the target when it is measured.
  private double timedBound(WidthProgram program, LatencyMeasurement clock) {
    double bound = cost.most();
    double reached = Double.POSITIVE_INFINITY;
    for (int i = 0; i < TIMED_PLANS; i++) {
      Optional<WidthPlan> plan = program.solve(bound);
      if (plan.isEmpty()) {
        break;
      }
      double millis = millis(plan.get(), clock);
      if (millis <= cost.most() * NOISE) {
        return bound;
      }
      reached = Math.min(reached, millis);
      bound *= cost.most() / millis;
    }
    throw new PruningException(
        String.format(
            Locale.ROOT,
            "no widths measured take %.4g ms or less: the fastest tried takes %.4g ms, the original %.4g ms; ask for more, or lower the floor",
            cost.most(),
            reached,
            cost.original()));
  }

  private double millis(WidthPlan plan, LatencyMeasurement clock) {
    return clock.model(plan.widths(), state.latencies());
  }

  private WidthPlan byLearning(LatencyMeasurement clock, WidthProgram costs, long seed)
      throws IOException {
    if (cost.most() == Double.POSITIVE_INFINITY) {
      throw new PruningException(
          "AMC searches within a cost, not within a drop; give a ratio or a time, or search by sensitivity");
    }
    AmcOptions options = AmcOptions.DEFAULT.withEpisodes(evaluations).withSeed(seed);
    List<WidthPlan> plans =
        new Amc(
                space.groups().stream().map(PruningSpace.Group::widths).toList(),
                space.layerSizes(),
                costs,
                cost.most(),
                options)
            .run(this::loss, progress);
    if (!cost.timed()) {
      return plans.getFirst();
    }
    for (WidthPlan each : plans.subList(0, Math.min(TIMED_PLANS, plans.size()))) {
      if (millis(each, clock) <= cost.most() * NOISE) {
        return each;
      }
    }
    throw new PruningException(
        String.format(
            Locale.ROOT,
            "none of the best widths found takes %.4g ms or less when it is measured; ask for more, or search by sensitivity",
            cost.most()));
  }

  private SearchOutcome outcome(
      SearchMethod method,
      SearchTarget target,
      WidthPlan plan,
      WidthProgram costs,
      LatencyMeasurement clock)
      throws IOException {
    List<SearchOutcome.GroupWidth> groups = new ArrayList<>();
    for (int i = 0; i < plan.widths().size(); i++) {
      PruningSpace.Group group = space.groups().get(i);
      groups.add(
          new SearchOutcome.GroupWidth(
              group.layers(),
              group.channels(),
              plan.widths().get(i) * group.channelsOfClass(),
              costs.cost(alone(i, plan.widths().get(i))),
              state.loss(alone(i, plan.widths().get(i)))));
    }
    return new SearchOutcome(
        method,
        target,
        plan.widths(),
        groups,
        plan.cost(),
        cost.original(),
        cost.timed() ? OptionalDouble.of(millis(plan, clock)) : OptionalDouble.empty(),
        cost.timed() ? state.latencies().worstFit() : 0,
        judge.of(plan.widths()),
        evaluated.size());
  }
}
