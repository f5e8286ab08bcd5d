// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import dev.quench.xnor.cuda.BinaryKernel;
import dev.quench.xnor.cuda.product.BinaryGpuTest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What is to be seen of the binary kernels on a GPU, most valuable first. Each part takes a
/// process of its own: after an illegal access nothing more runs in one.
enum BinaryPart {
  /// Borders and thresholds by the cases of the tests.
  EXACTNESS(120) {
    @Override
    boolean run(Laboratory laboratory, Sizes sizes, BinaryReport report) {
      return CaseJournal.run(BinaryGpuTest.class, report.array(this, "cases"), report::flush);
    }
  },
  SQUARE(120) {
    @Override
    boolean run(Laboratory laboratory, Sizes sizes, BinaryReport report) {
      return new SquareProduct(laboratory, sizes.side())
          .measure(
              kernels(laboratory), sizes.effort(), report.array(this, "figures"), report::flush);
    }
  },
  LIMIT(60) {
    @Override
    boolean run(Laboratory laboratory, Sizes sizes, BinaryReport report) {
      return InstructionLimit.measure(
          laboratory,
          sizes.iterations(),
          sizes.effort(),
          report.array(this, "figures"),
          report::flush);
    }

    @Override
    String moreKernels() {
      return InstructionLimit.source();
    }
  },
  PERCEPTRON(90) {
    @Override
    boolean run(Laboratory laboratory, Sizes sizes, BinaryReport report) {
      boolean all = true;
      for (int batch : sizes.batches()) {
        all &=
            new Perceptron(laboratory, sizes.widths(), batch)
                .measure(
                    kernels(laboratory),
                    sizes.effort(),
                    report.array(this, "figures"),
                    report::flush);
      }
      return all;
    }
  };

  /// How large the work is.
  ///
  /// @param side of the square matrices
  /// @param iterations of the loop on registers
  /// @param widths of the perceptron's layers
  /// @param batches of the perceptron
  /// @param effort how often each is timed
  record Sizes(int side, int iterations, int[] widths, int[] batches, Contest.Effort effort) {
    /// The sizes that figures are given for: the square of BinaryNet's program, and its perceptron.
    static Sizes onGpu() {
      return new Sizes(
          8192,
          4096,
          new int[] {784, 4096, 4096, 4096, 10},
          new int[] {1, 512},
          new Contest.Effort(3, 20));
    }

    static Sizes inEmulation() {
      return new Sizes(
          80, 2, new int[] {48, 64, 32, 10}, new int[] {1, 65}, new Contest.Effort(0, 1));
    }
  }

  private final int limitSeconds;

  BinaryPart(int limitSeconds) {
    this.limitSeconds = limitSeconds;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  int limitSeconds() {
    return limitSeconds;
  }

  /// @return whether all of it was done
  abstract boolean run(Laboratory laboratory, Sizes sizes, BinaryReport report);

  /// CUDA C++ that the part needs beside the kernels of the products.
  String moreKernels() {
    return "";
  }

  private static List<BinaryKernel> kernels(Laboratory laboratory) {
    return Arrays.stream(BinaryKernel.values())
        .filter(laboratory.device()::supports)
        .sorted(Comparator.reverseOrder())
        .toList();
  }
}
