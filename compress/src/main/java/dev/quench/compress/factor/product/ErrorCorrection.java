// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor.product;

import dev.quench.compress.factor.UnfactorableException;
import dev.quench.graph.Model;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Fits words and codes of a layer to what the original layer gives: E‖y − x·W‖², y of the original
/// and x of the model whose layers before are coded already.
///
/// By coordinates, from the moments E\[x·xᵀ\] and E\[x·yᵀ\] alone, so that samples are streamed
/// once: each word by least squares over all its uses, then each code by trying all words; neither
/// ever makes the error larger. Source: Wu et al., CVPR 2016, sections 3.2 and 3.3, whose updates
/// take sub-vectors of all samples instead.
final class ErrorCorrection {
  private static final int SWEEPS = 8;

  /// Added to the moments, as a share of the mean of their diagonal.
  private static final double RIDGE = 1e-4;

  private final CodedLayer layer;
  private final double[][] moments;
  private final double[][] targets;
  private final double energy;
  private double[][] weights;
  private double[][] rest;

  /// Measures the moments.
  ///
  /// @throws UnfactorableException if what the layer reads is not finite
  ErrorCorrection(Model original, Model coded, CodedLayer layer, LayerInputs inputs) {
    this.layer = layer;
    int rows = layer.rows();
    double[] sum = {0};
    long[] count = {0};
    try (INDArray matrix = Nd4j.createFromArray(layer.original()).transpose();
        INDArray products = Nd4j.zeros(DataType.DOUBLE, rows, rows);
        INDArray crossed = Nd4j.zeros(DataType.DOUBLE, layer.outputs(), rows)) {
      inputs.read(
          original,
          coded,
          layer,
          (changed, whole) -> {
            int places = whole.length / rows;
            try (INDArray x = Nd4j.createFromArray(changed).reshape(places, rows);
                INDArray first = Nd4j.createFromArray(whole).reshape(places, rows);
                INDArray y = first.mmul(matrix);
                INDArray square = x.transpose().mmul(x);
                INDArray cross = y.transpose().mmul(x)) {
              products.addi(square);
              crossed.addi(cross);
              sum[0] += y.mul(y).sumNumber().doubleValue();
            }
            count[0] += places;
          });
      products.divi(count[0]);
      crossed.divi(count[0]);
      moments = products.toDoubleMatrix();
      targets = crossed.toDoubleMatrix();
    }
    energy = sum[0] / count[0];
    double trace = 0;
    for (int i = 0; i < rows; i++) {
      trace += moments[i][i];
    }
    if (!Double.isFinite(trace) || !Double.isFinite(energy)) {
      throw new UnfactorableException("it reads NaN or infinity on the data");
    }
    for (int i = 0; i < rows; i++) {
      moments[i][i] += RIDGE * trace / rows;
    }
    weights = layer.coded();
    rest = rest();
  }

  /// What is left of the targets: E\[y·xᵀ\] − W·E\[x·xᵀ\].
  private double[][] rest() {
    try (INDArray w = Nd4j.createFromArray(weights);
        INDArray g = Nd4j.createFromArray(moments);
        INDArray product = w.mmul(g)) {
      double[][] rest = product.toDoubleMatrix();
      for (int o = 0; o < rest.length; o++) {
        for (int i = 0; i < rest[o].length; i++) {
          rest[o][i] = targets[o][i] - rest[o][i];
        }
      }
      return rest;
    }
  }

  /// E‖y − x·W‖² over E‖y‖², the ridge included.
  double error() {
    double explained = 0;
    for (int o = 0; o < weights.length; o++) {
      for (int i = 0; i < weights[o].length; i++) {
        explained += weights[o][i] * (targets[o][i] + rest[o][i]);
      }
    }
    return energy == 0 ? 0 : Math.max(0, (energy - explained) / energy);
  }

  /// Changes the words and codes of the layer.
  void run() {
    double before = error();
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int m = 0; m < layer.pieces(); m++) {
        fitWords(m);
        chooseCodes(m);
      }
      double now = error();
      if (before - now < 1e-3 * before) {
        return;
      }
      before = now;
    }
  }

  /// Rounds the words and chooses among them anew.
  void round() {
    layer.round();
    weights = layer.coded();
    rest = rest();
    for (int m = 0; m < layer.pieces(); m++) {
      chooseCodes(m);
    }
  }

  private void fitWords(int piece) {
    int length = layer.length();
    int taps = layer.taps();
    int[] codes = layer.codes[piece];
    double[][] words = layer.words[piece];
    int[] used = new int[taps];
    for (int k = 0; k < words.length; k++) {
      double[][] normal = new double[length][length];
      double[] right = new double[length];
      boolean any = false;
      for (int o = 0; o < layer.outputs(); o++) {
        int uses = 0;
        for (int t = 0; t < taps; t++) {
          if (codes[o * taps + t] == k) {
            used[uses++] = t;
          }
        }
        any |= uses > 0;
        for (int a = 0; a < uses; a++) {
          for (int i = 0; i < length; i++) {
            int row = layer.row(piece, used[a], i);
            right[i] += rest[o][row];
            for (int b = 0; b < uses; b++) {
              for (int j = 0; j < length; j++) {
                normal[i][j] += moments[row][layer.row(piece, used[b], j)];
              }
            }
          }
        }
      }
      if (any) {
        solve(normal, right);
        for (int i = 0; i < codes.length; i++) {
          if (codes[i] == k) {
            move(piece, i, right);
          }
        }
        for (int j = 0; j < length; j++) {
          words[k][j] += right[j];
        }
      }
    }
  }

  private void chooseCodes(int piece) {
    int length = layer.length();
    int taps = layer.taps();
    int[] codes = layer.codes[piece];
    double[][] words = layer.words[piece];
    double[] step = new double[length];
    for (int i = 0; i < codes.length; i++) {
      double[] left = rest[i / taps];
      int tap = i % taps;
      int best = codes[i];
      double least = 0;
      for (int k = 0; k < words.length; k++) {
        double change = 0;
        for (int j = 0; j < length; j++) {
          step[j] = words[k][j] - words[codes[i]][j];
        }
        for (int a = 0; a < length; a++) {
          int row = layer.row(piece, tap, a);
          double product = -2 * left[row];
          double[] moment = moments[row];
          for (int b = 0; b < length; b++) {
            product += moment[layer.row(piece, tap, b)] * step[b];
          }
          change += step[a] * product;
        }
        if (change < least) {
          least = change;
          best = k;
        }
      }
      if (best != codes[i]) {
        for (int j = 0; j < length; j++) {
          step[j] = words[best][j] - words[codes[i]][j];
        }
        move(piece, i, step);
        codes[i] = best;
      }
    }
  }

  /// Adds `step` to the piece of one output at one place.
  private void move(int piece, int index, double[] step) {
    int output = index / layer.taps();
    double[] left = rest[output];
    for (int j = 0; j < step.length; j++) {
      int row = layer.row(piece, index % layer.taps(), j);
      double[] moment = moments[row];
      double amount = step[j];
      weights[output][row] += amount;
      for (int i = 0; i < left.length; i++) {
        left[i] -= amount * moment[i];
      }
    }
  }

  /// Cholesky; what hardly varies does not move.
  private static void solve(double[][] a, double[] b) {
    int n = b.length;
    double largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, a[i][i]);
    }
    if (largest == 0) {
      Arrays.fill(b, 0);
      return;
    }
    for (int k = 0; k < n; k++) {
      a[k][k] = Math.sqrt(Math.max(a[k][k], 1e-12 * largest));
      for (int i = k + 1; i < n; i++) {
        a[i][k] /= a[k][k];
      }
      for (int i = k + 1; i < n; i++) {
        for (int j = k + 1; j <= i; j++) {
          a[i][j] -= a[i][k] * a[j][k];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        b[i] -= a[i][k] * b[k];
      }
      b[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) {
        b[i] -= a[k][i] * b[k];
      }
      b[i] /= a[i][i];
    }
  }
}
