// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.PowerOfTwo;
import dev.quench.compress.binary.WeightScheme;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.Program;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/// Steps of single weights against the published formulas.
class OptimizerStateTest {
  private static final float[] START = {.5f, -.25f, .75f, -.5f};
  private static final float[][] GRADIENTS = {
    {1, -2, .25f, 0}, {.5f, 0, -.125f, 0}, {0, .01f, 0, 0}, {-.001f, .02f, .5f, 0}
  };

  @Test
  void adaMaxFollowsTheFormula() {
    float[] values = run(Optimizer.adaMax(0x1p-6), false);

    for (int i = 0; i < START.length; i++) {
      double w = START[i];
      double m = 0;
      double v = 0;
      for (int t = 1; t <= GRADIENTS.length; t++) {
        double g = GRADIENTS[t - 1][i];
        m = 0.9 * m + 0.1 * g;
        v = Math.max(0.999 * v, Math.abs(g));
        w -= 0x1p-6 / (1 - Math.pow(0.9, t)) * m / (v + 1e-8);
      }
      assertThat(values[i]).isCloseTo((float) w, Offset.offset(1e-6f));
    }
  }

  @Test
  void shiftAdaMaxRoundsTheStepAndNotTheNorm() {
    Optimizer optimizer = new Optimizer.ShiftAdaMax(0x1p-6, 0.9, 0.5);
    float[] values = run(optimizer, false);

    for (int i = 0; i < START.length; i++) {
      double w = START[i];
      double m = 0;
      double v = 0;
      for (int t = 1; t <= GRADIENTS.length; t++) {
        double g = GRADIENTS[t - 1][i];
        m = 0.9 * m + 0.1 * g;
        v = Math.max(0.5 * v, Math.abs(g));
        double power = Math.max(PowerOfTwo.nearest((float) v), 0x1p-27);
        w -= PowerOfTwo.nearest((float) (0x1p-6 / (1 - Math.pow(0.9, t)))) * m / power;
      }
      assertThat(values[i]).isCloseTo((float) w, Offset.offset(1e-6f));
    }
  }

  @Test
  void glorotScalingMultipliesUpdatesOfLatentWeightsOnly() {
    float[] plain = run(Optimizer.adam(1e-3), true);
    float[] scaled = run(new Optimizer.GlorotScaled(Optimizer.adam(1e-3)), true);
    double factor = 1 / Math.sqrt(1.5 / 4);

    for (int i = 0; i < START.length; i++) {
      assertThat((double) scaled[i] - START[i])
          .isCloseTo(factor * (plain[i] - START[i]), Offset.offset(1e-6));
    }
    assertThat(run(new Optimizer.GlorotScaled(Optimizer.adam(1e-3)), false))
        .isEqualTo(run(Optimizer.adam(1e-3), false));
  }

  @Test
  void bopFlipsWhereTheAverageHasTheSignOfTheWeight() {
    // Weights start as their signs +, -, +, -; averages after one step have the signs +, -, +, 0.
    float[] values = run(new Optimizer.Bop(0.01, 0.5, 0.2), true, 1);

    assertThat(values).containsExactly(-1, 1, 1, -1);
  }

  @Test
  void bopSeesTheThresholdAgainAtEachStep() {
    float[] values = run(new Optimizer.Bop(0.01, 0.5, 0.05), true, 2);

    // Averages: .5, .5; -1, -.5; .125, 0; 0, 0.
    assertThat(values).containsExactly(-1, 1, -1, -1);
  }

  private static float[] run(Optimizer optimizer, boolean latent) {
    return run(optimizer, latent, GRADIENTS.length);
  }

  private static float[] run(Optimizer optimizer, boolean latent, int steps) {
    GraphMaker f = new GraphMaker(17);
    Value weights = f.constant("w", Tensor.ofFloats(Shape.of(2, 2), START));
    Model model = f.outputs(f.add("MatMul", "product", f.input("x", 1, 2), weights)).model();
    if (latent) {
      BinarizeWeights.ofLayers(WeightScheme.BINARY, Set.of("product")).apply(model);
    }
    try (Program program = Program.compile(model, false);
        OptimizerState state = new OptimizerState(optimizer, program.parameters());
        PointerScope _ = new PointerScope()) {
      MemorySegment gradients = NativeFloats.memory(program.parameters().gradients());
      for (int step = 0; step < steps; step++) {
        MemorySegment.copy(GRADIENTS[step], 0, gradients, ValueLayout.JAVA_FLOAT, 0, START.length);
        state.step(optimizer.learningRate(), step);
      }
      return NativeFloats.memory(program.parameters().values()).toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
