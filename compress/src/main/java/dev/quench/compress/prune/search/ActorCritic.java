// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Deep deterministic policy gradient: an actor that gives an action in (0, 1) for a state, and a
/// critic that says what a state and an action are worth, with slow copies of both. Mutable.
///
/// Source: Lillicrap et al., Continuous control with deep reinforcement learning, ICLR 2016,
/// algorithm 1, with the constants of He et al., AMC, ECCV 2018: rates of 1e-4 and 1e-3, τ = 0.01,
/// no discount, and the mean reward of the batches before as a baseline.
final class ActorCritic {
  private static final double ACTOR_RATE = 1e-4;
  private static final double CRITIC_RATE = 1e-3;
  private static final float FOLLOWING = 0.01f;
  private static final double BASELINE_SHARE = 0.5;

  /// Rewards of a transition, that of the whole episode for each of its steps.
  record Remembered(Transition transition, double reward) {}

  private final int states;
  private final int batch;
  private final int capacity;
  private final SplittableRandom random;
  private final Perceptron actor;
  private final Perceptron critic;
  private final Perceptron slowActor;
  private final Perceptron slowCritic;
  private final List<Remembered> memory = new ArrayList<>();
  private int oldest;
  private double baseline;
  private boolean based;

  /// @param states numbers of a state
  /// @param capacity transitions that are remembered, the newest
  ActorCritic(int states, int hidden, int batch, int capacity, SplittableRandom random) {
    this.states = states;
    this.batch = batch;
    this.capacity = capacity;
    this.random = random;
    this.actor = new Perceptron(random, states, hidden, hidden, 1);
    this.critic = new Perceptron(random, states + 1, hidden, hidden, 1);
    this.slowActor = new Perceptron(random, states, hidden, hidden, 1);
    this.slowCritic = new Perceptron(random, states + 1, hidden, hidden, 1);
    slowActor.follow(actor, 1);
    slowCritic.follow(critic, 1);
  }

  /// The actor's action.
  double action(float[] state) {
    return sigmoid(actor.forward(state, 1)[0]);
  }

  void remember(Transition transition, double reward) {
    Remembered each = new Remembered(transition, reward);
    if (memory.size() < capacity) {
      memory.add(each);
    } else {
      memory.set(oldest, each);
      oldest = (oldest + 1) % capacity;
    }
  }

  /// One update of both from a random batch of what is remembered.
  void learn() {
    int count = Math.min(batch, memory.size());
    float[] now = new float[count * states];
    float[] next = new float[count * states];
    float[] actions = new float[count];
    double[] rewards = new double[count];
    boolean[] last = new boolean[count];
    double mean = 0;
    for (int i = 0; i < count; i++) {
      Remembered each = memory.get(random.nextInt(memory.size()));
      System.arraycopy(each.transition.state(), 0, now, i * states, states);
      System.arraycopy(each.transition.next(), 0, next, i * states, states);
      actions[i] = each.transition.action();
      rewards[i] = each.reward;
      last[i] = each.transition.last();
      mean += each.reward / count;
    }
    baseline = based ? BASELINE_SHARE * baseline + (1 - BASELINE_SHARE) * mean : mean;
    based = true;
    updateCritic(now, next, actions, rewards, last);
    updateActor(now, count);
    slowActor.follow(actor, FOLLOWING);
    slowCritic.follow(critic, FOLLOWING);
  }

  private void updateCritic(
      float[] now, float[] next, float[] actions, double[] rewards, boolean[] last) {
    int count = actions.length;
    float[] following =
        slowCritic.forward(joined(next, sigmoids(slowActor.forward(next, count)), count), count);
    float[] found = critic.forward(joined(now, actions, count), count);
    float[] upper = new float[count];
    for (int i = 0; i < count; i++) {
      double target = rewards[i] - baseline + (last[i] ? 0 : following[i]);
      upper[i] = (float) (2 * (found[i] - target) / count);
    }
    critic.clearGradients();
    critic.backward(upper, count);
    critic.step(CRITIC_RATE);
  }

  /// Ascends the critic's worth of the actor's actions.
  private void updateActor(float[] now, int count) {
    float[] actions = sigmoids(actor.forward(now, count));
    critic.forward(joined(now, actions, count), count);
    float[] upper = new float[count];
    Arrays.fill(upper, -1f / count);
    float[] lower = critic.backward(upper, count);
    float[] byAction = new float[count];
    for (int i = 0; i < count; i++) {
      float a = actions[i];
      byAction[i] = lower[i * (states + 1) + states] * a * (1 - a);
    }
    actor.clearGradients();
    actor.backward(byAction, count);
    actor.step(ACTOR_RATE);
  }

  private float[] joined(float[] rows, float[] actions, int count) {
    float[] joined = new float[count * (states + 1)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(rows, i * states, joined, i * (states + 1), states);
      joined[i * (states + 1) + states] = actions[i];
    }
    return joined;
  }

  private static float[] sigmoids(float[] values) {
    float[] squashed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      squashed[i] = (float) sigmoid(values[i]);
    }
    return squashed;
  }

  private static double sigmoid(double value) {
    return 1 / (1 + Math.exp(-value));
  }
}
