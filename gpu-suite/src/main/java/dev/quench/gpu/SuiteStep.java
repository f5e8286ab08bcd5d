// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import dev.quench.gpu.step.CalibrationStep;
import dev.quench.gpu.step.EnduranceStep;
import dev.quench.gpu.step.ExplicitInt8Step;
import dev.quench.gpu.step.FailuresStep;
import dev.quench.gpu.step.FloatStep;
import dev.quench.gpu.step.Fp16Step;
import dev.quench.gpu.step.GpuStep;
import dev.quench.gpu.step.ImplicitInt8Step;
import dev.quench.gpu.step.LatencyStep;
import dev.quench.gpu.step.OverheadStep;
import dev.quench.gpu.step.ProbeStep;
import dev.quench.gpu.step.ReuseStep;
import dev.quench.gpu.step.TaggedTestsStep;
import dev.quench.gpu.step.TextStep;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The steps, most valuable first. `docs/results/README.md` says what each proves.
enum SuiteStep {
  /// The XNOR part: a separate program that tracks its own progress.
  BINARY(400),
  PROBE(90),
  FP16(180),
  INT8(180),
  FLOAT(240),
  IMPLICIT(150),
  CALIBRATION(240),
  LATENCY(300),
  OVERHEAD(120),
  REUSE(180),
  ENDURANCE(240),
  TEXT(300),
  FAILURES(180),
  TESTS(300);

  private static final String BINARY_PROGRAM = "dev.quench.xnor.cuda.internal.BinaryBenchmark";

  private final int limitSeconds;

  SuiteStep(int limitSeconds) {
    this.limitSeconds = limitSeconds;
  }

  /// The name in file names and on the command line.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws IllegalArgumentException listing the known steps
  static SuiteStep of(String label) {
    return Arrays.stream(values())
        .filter(step -> step.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown step '%s'; expected one of %s"
                    .formatted(label, Arrays.stream(values()).map(SuiteStep::label).toList())));
  }

  /// Time after which the step's process is stopped.
  int limitSeconds() {
    return limitSeconds;
  }

  /// Main class of a step that is a separate program.
  Optional<String> program() {
    return this == BINARY ? Optional.of(BINARY_PROGRAM) : Optional.empty();
  }

  /// Java options that the step's process needs.
  List<String> options() {
    return switch (this) {
      case BINARY -> List.of("-Xmx4g");
      // A fixed, touched heap: only leaks can increase the resident memory.
      case ENDURANCE -> List.of("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch");
      default -> List.of();
    };
  }

  /// Creates the step. Its classes are loaded only in its process.
  ///
  /// @throws IllegalStateException if the step is a separate program
  GpuStep open() {
    return switch (this) {
      case BINARY -> throw new IllegalStateException("this step runs as a separate program");
      case PROBE -> new ProbeStep();
      case FP16 -> new Fp16Step();
      case INT8 -> new ExplicitInt8Step();
      case FLOAT -> new FloatStep();
      case IMPLICIT -> new ImplicitInt8Step();
      case CALIBRATION -> new CalibrationStep();
      case LATENCY -> new LatencyStep();
      case OVERHEAD -> new OverheadStep();
      case REUSE -> new ReuseStep();
      case ENDURANCE -> new EnduranceStep();
      case TEXT -> new TextStep();
      case FAILURES -> new FailuresStep();
      case TESTS -> new TaggedTestsStep();
    };
  }
}
