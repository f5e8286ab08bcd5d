// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.search;

/// How AMC learns.
///
/// @param episodes models tried
/// @param warmUp episodes of uniformly random actions before it learns; at most a quarter of all
///   are
/// @param hidden units of each of the two hidden layers of actor and critic
/// @param batch transitions of one update
/// @param noise σ of the first action after the warm-up
/// @param noiseDecay factor of σ from one episode to the next
/// @param seed of weights, actions and batches
public record AmcOptions(
    int episodes, int warmUp, int hidden, int batch, double noise, double noiseDecay, long seed) {
  /// As published: 400 episodes, 100 of them random, 300 units, batches of 64, σ of 0.5 that decays
  /// by 0.95. Source: He et al., AMC, ECCV 2018, section 4.
  public static final AmcOptions DEFAULT = new AmcOptions(400, 100, 300, 64, 0.5, 0.95, 1);

  public AmcOptions {
    if (episodes < 1 || warmUp < 0 || hidden < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "expected 1 episode, hidden unit and transition a batch or more, and no negative warm-up, got %d, %d, %d, %d"
              .formatted(episodes, hidden, batch, warmUp));
    }
    if (!(noise >= 0) || !(noiseDecay > 0 && noiseDecay <= 1)) {
      throw new IllegalArgumentException(
          "expected noise of 0 or more and a decay in (0, 1], got %s and %s"
              .formatted(noise, noiseDecay));
    }
  }

  public AmcOptions withEpisodes(int number) {
    return new AmcOptions(number, warmUp, hidden, batch, noise, noiseDecay, seed);
  }

  public AmcOptions withWarmUp(int number) {
    return new AmcOptions(episodes, number, hidden, batch, noise, noiseDecay, seed);
  }

  public AmcOptions withHidden(int units) {
    return new AmcOptions(episodes, warmUp, units, batch, noise, noiseDecay, seed);
  }

  public AmcOptions withSeed(long chosen) {
    return new AmcOptions(episodes, warmUp, hidden, batch, noise, noiseDecay, chosen);
  }

  int randomEpisodes() {
    return Math.min(warmUp, episodes / 4);
  }
}
