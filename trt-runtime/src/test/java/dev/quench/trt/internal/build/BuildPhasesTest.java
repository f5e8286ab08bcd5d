// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.run.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BuildPhasesTest {
  private final List<String> events = new ArrayList<>();
  private long advanced;
  private final BuildPhases phases =
      new BuildPhases(
          new Progress() {
            @Override
            public void begin(String task, long total) {
              events.add("begin " + task + " " + total);
              advanced = 0;
            }

            @Override
            public void advance(long steps) {
              assertThat(steps).isPositive();
              advanced += steps;
              assertThat(advanced).isLessThanOrEqualTo(1000);
            }

            @Override
            public void end() {
              events.add("end at " + advanced);
            }
          });

  @Test
  void showsStepsOfThePhaseAtTheTop() {
    phases.begin("Building Engine", "", 4);
    phases.step("Building Engine", 0);
    assertThat(advanced).isEqualTo(250);
    phases.step("Building Engine", 1);
    assertThat(advanced).isEqualTo(500);
    phases.finish("Building Engine");
    assertThat(events).containsExactly("begin Building Engine 1000", "end at 1000");
  }

  @Test
  void countsNestedPhasesWithinTheCurrentStep() {
    phases.begin("top", "", 2);
    phases.begin("tactics", "top", 10);
    phases.step("tactics", 4);
    assertThat(advanced).isEqualTo(250);
    phases.begin("timing", "tactics", 5);
    phases.step("timing", 4);
    assertThat(advanced).isEqualTo(300);
    phases.finish("tactics");
    assertThat(advanced).isEqualTo(500);
    phases.step("top", 0);
    assertThat(advanced).isEqualTo(500);
  }

  @Test
  void showsOnePhaseAfterTheOther() {
    phases.begin("first", "", 1);
    phases.finish("first");
    phases.begin("second", "", 1);
    phases.finish("second");
    assertThat(events)
        .containsExactly("begin first 1000", "end at 1000", "begin second 1000", "end at 1000");
  }

  @Test
  void endsTheBarOfABuildThatWasAbandoned() {
    phases.begin("top", "", 4);
    phases.step("top", 0);
    phases.abandon();
    phases.abandon();
    assertThat(events).containsExactly("begin top 1000", "end at 250");
  }

  @Test
  void takesWhatDoesNotFit() {
    phases.step("unknown", 3);
    phases.finish("unknown");
    phases.begin("top", "gone", 0);
    phases.step("top", 9);
    phases.finish("top");
    assertThat(events).containsExactly("begin top 1000", "end at 1000");
  }

  /// Whatever TensorRT reports, the bar never goes back nor beyond its end.
  @Test
  void neverGoesBack() {
    SplittableRandom random = new SplittableRandom(7);
    List<String> names = List.of("a", "b", "c", "d");
    phases.begin("a", "", 3);
    for (int i = 0; i < 20_000; i++) {
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(3)) {
        case 0 ->
            phases.begin(name, names.get(random.nextInt(names.size())), random.nextInt(-1, 9));
        case 1 -> phases.step(name, random.nextInt(-1, 12));
        default -> phases.finish(name);
      }
    }
    phases.abandon();
    assertThat(events.stream().filter(event -> event.startsWith("begin")).count())
        .isEqualTo(events.stream().filter(event -> event.startsWith("end")).count());
  }
}
