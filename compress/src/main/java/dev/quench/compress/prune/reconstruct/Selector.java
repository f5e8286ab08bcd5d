// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import java.util.Arrays;
import java.util.List;

/// How the order is found in which a layer can lose its input channels.
public enum Selector {
  /// Each by the root of the mean square of what it adds to the outputs.
  ACTIVATION,
  /// Lasso on a factor β for each channel: ½‖Y − Σ β\_c X\_c W\_c‖² + λ‖β‖₁. A channel is worth the
  /// largest λ at which its β is not 0, on a path from the λ at which all are 0.
  ///
  /// Source: He, Zhang and Sun, Channel pruning for accelerating very deep neural networks, ICCV
  /// 2017, equation 2. Differs from it: by the moments of all rows rather than a few of them; the
  /// order along one path rather than a search for one number of channels.
  LASSO,
  /// Greedily, the channel whose loss together with those lost before moves the outputs least.
  ///
  /// Source: Luo, Wu and Lin, ThiNet, ICCV 2017, equation 6 and algorithm 1.
  THINET,
  /// Greedily, the channel whose loss leaves the least error once all other weights are fitted
  /// anew; see [BlockElimination].
  OBS;

  private static final int STEPS = 400;
  private static final double STEP = 0.975;
  private static final int SWEEPS = 50;

  /// What a consumer says of the channels: its part of the products of their outputs.
  @SuppressWarnings("ArrayRecordComponent") // stays inside the package, never compared
  record Problem(double[][] covariance, double[][] weights, int[][] blocks, double scale) {}

  /// @param problems one of each layer that reads the channels; blocks in the same order; weights
  ///   are modified
  /// @return a number for each block, the larger the later it should go
  double[] worths(List<Problem> problems) {
    return switch (this) {
      case ACTIVATION -> strengths(gram(problems));
      case OBS -> eliminate(problems);
      case THINET -> greedy(gram(problems));
      case LASSO -> path(gram(problems));
    };
  }

  private static double[] eliminate(List<Problem> problems) {
    List<BlockElimination> states =
        problems.stream()
            .map(p -> new BlockElimination(p.covariance, p.weights, p.blocks, p.scale))
            .toList();
    int blocks = problems.getFirst().blocks.length;
    double[] worths = new double[blocks];
    boolean[] gone = new boolean[blocks];
    for (int round = 1; round <= blocks; round++) {
      int least = -1;
      double lowest = Double.POSITIVE_INFINITY;
      for (int b = 0; b < blocks; b++) {
        if (!gone[b]) {
          double cost = 0;
          for (BlockElimination state : states) {
            cost += state.cost(b);
          }
          if (cost < lowest || least < 0) {
            lowest = cost;
            least = b;
          }
        }
      }
      for (BlockElimination state : states) {
        state.remove(least);
      }
      gone[least] = true;
      worths[least] = round;
    }
    return worths;
  }

  /// E\[z\_c · z\_d\] of what each pair of channels adds to the outputs.
  private static double[][] gram(List<Problem> problems) {
    int blocks = problems.getFirst().blocks.length;
    double[][] gram = new double[blocks][blocks];
    for (Problem problem : problems) {
      double[][] w = problem.weights;
      for (int c = 0; c < blocks; c++) {
        for (int d = 0; d <= c; d++) {
          double sum = 0;
          for (int a : problem.blocks[c]) {
            for (int b : problem.blocks[d]) {
              sum += problem.covariance[a][b] * dot(w[a], w[b]);
            }
          }
          gram[c][d] += problem.scale * sum;
          gram[d][c] = gram[c][d];
        }
      }
    }
    return gram;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] strengths(double[][] gram) {
    double[] strengths = new double[gram.length];
    for (int c = 0; c < strengths.length; c++) {
      strengths[c] = Math.sqrt(gram[c][c]);
    }
    return strengths;
  }

  private static double[] greedy(double[][] gram) {
    int n = gram.length;
    double[] worths = new double[n];
    double[] shared = new double[n];
    for (int round = 1; round <= n; round++) {
      int least = -1;
      for (int c = 0; c < n; c++) {
        if (worths[c] == 0
            && (least < 0 || gram[c][c] + 2 * shared[c] < gram[least][least] + 2 * shared[least])) {
          least = c;
        }
      }
      worths[least] = round;
      for (int c = 0; c < n; c++) {
        shared[c] += gram[least][c];
      }
    }
    return worths;
  }

  private static double[] path(double[][] gram) {
    int n = gram.length;
    double[] towards = new double[n];
    double lambda = 0;
    for (int c = 0; c < n; c++) {
      towards[c] = Arrays.stream(gram[c]).sum();
      lambda = Math.max(lambda, Math.abs(towards[c]));
    }
    double[] worths = new double[n];
    double[] beta = new double[n];
    double[] residual = towards.clone();
    for (int step = 0; step < STEPS; step++, lambda *= STEP) {
      for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (int c = 0; c < n; c++) {
          double own = gram[c][c];
          double pull = residual[c] + own * beta[c];
          double next =
              own > 0 ? Math.signum(pull) * Math.max(0, Math.abs(pull) - lambda) / own : 0;
          double change = next - beta[c];
          if (change != 0) {
            SymmetricMatrix.add(residual, -change, gram[c]);
            beta[c] = next;
            moved = Math.max(moved, Math.abs(change));
          }
        }
        if (moved < 1e-6) {
          break;
        }
      }
      for (int c = 0; c < n; c++) {
        if (beta[c] != 0 && worths[c] == 0) {
          // Of two that enter in one step, the stronger is worth more.
          worths[c] = lambda * (1 + 1e-3 * Math.min(1, Math.abs(beta[c])));
        }
      }
    }
    return worths;
  }
}
