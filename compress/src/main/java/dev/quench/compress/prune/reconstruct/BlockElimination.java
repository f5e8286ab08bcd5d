// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.reconstruct;

import java.util.Arrays;

/// The optimal brain surgeon on blocks of rows: the error that the loss of a block leaves when all
/// other weights are fitted anew, tr(Wᵀ\_c (H⁻¹\_cc)⁻¹ W\_c), with H the covariance of the input.
///
/// Source: Hassibi and Stork, Second order derivatives for network pruning, NIPS 1992, equations 5
/// and 6, for several weights at once. Removing a block updates the weights and H⁻¹ by the Schur
/// complement, so all n blocks cost O(rows³).
final class BlockElimination {
  private final double[][] inverse;
  private final double[][] weights;
  private final int[][] blocks;
  private final boolean[] gone;
  private final double scale;

  /// @param weights `[rows, outputs]`; modified
  /// @param blocks rows of each block; some may be empty
  BlockElimination(double[][] covariance, double[][] weights, int[][] blocks, double scale) {
    int[] all = new int[weights.length];
    Arrays.setAll(all, i -> i);
    this.inverse = SymmetricMatrix.inverse(SymmetricMatrix.ridged(covariance, all));
    this.weights = weights;
    this.blocks = blocks;
    this.gone = new boolean[weights.length];
    this.scale = scale;
  }

  /// What the error grows by if the block goes.
  double cost(int block) {
    int[] rows = blocks[block];
    double[][] solved = new double[rows.length][];
    double[][] corner = new double[rows.length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      solved[i] = weights[rows[i]].clone();
      for (int j = 0; j < rows.length; j++) {
        corner[i][j] = inverse[rows[i]][rows[j]];
      }
    }
    SymmetricMatrix.solve(corner, solved);
    double sum = 0;
    for (int i = 0; i < rows.length; i++) {
      for (int o = 0; o < solved[i].length; o++) {
        sum += weights[rows[i]][o] * solved[i][o];
      }
    }
    return scale * sum;
  }

  /// Takes a block out and fits the others anew.
  void remove(int block) {
    int[] rows = blocks[block];
    if (rows.length == 0) {
      return;
    }
    double[][] corner = new double[rows.length][rows.length];
    double[][] joined = new double[rows.length][];
    int size = inverse.length;
    int outputs = weights[0].length;
    for (int i = 0; i < rows.length; i++) {
      joined[i] = Arrays.copyOf(inverse[rows[i]], size + outputs);
      System.arraycopy(weights[rows[i]], 0, joined[i], size, outputs);
      for (int j = 0; j < rows.length; j++) {
        corner[i][j] = inverse[rows[i]][rows[j]];
      }
      gone[rows[i]] = true;
    }
    SymmetricMatrix.solve(corner, joined);
    for (int i = 0; i < size; i++) {
      if (gone[i]) {
        continue;
      }
      double[] row = inverse[i];
      double[] factors = new double[rows.length];
      for (int j = 0; j < rows.length; j++) {
        factors[j] = row[rows[j]];
      }
      for (int j = 0; j < rows.length; j++) {
        double factor = factors[j];
        double[] step = joined[j];
        for (int k = 0; k < size; k++) {
          row[k] -= factor * step[k];
        }
        for (int o = 0; o < outputs; o++) {
          weights[i][o] -= factor * step[size + o];
        }
      }
    }
  }
}
