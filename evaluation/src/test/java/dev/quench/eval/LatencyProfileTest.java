// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.report.StageSummary;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.StageTimes;
import dev.quench.run.StagedSession;
import dev.quench.tensor.Tensor;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class LatencyProfileTest {
  private static final ProfileOptions QUICK = new ProfileOptions(0, 0, 20);

  @Test
  void countsAtLeastTheIterationsAskedFor() {
    Fake session = new Fake();
    LatencyProfile profile = LatencyProfile.measure(session, Map.of(), QUICK, Progress.NONE);
    assertThat(profile.latencyMillis().calls()).isEqualTo(20);
    assertThat(session.calls).hasValue(21);
    assertThat(profile.stages()).isEmpty();
    assertThat(profile.callsPerSecond()).isPositive().isFinite();
    assertThat(profile.streams()).isEqualTo(1);
  }

  @Test
  void measuresAtLeastTheTimeAskedFor() {
    Fake session = new Fake();
    long start = System.nanoTime();
    LatencyProfile.measure(session, Map.of(), new ProfileOptions(10, 30, 1), Progress.NONE);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(40_000_000L);
  }

  @Test
  void callsFromSeveralThreadsAtOnce() {
    Fake session = new Fake(3);
    LatencyProfile profile =
        LatencyProfile.measure(
            session, Map.of(), new ProfileOptions(0, 0, 30).withStreams(3), Progress.NONE);
    assertThat(profile.streams()).isEqualTo(3);
    assertThat(profile.latencyMillis().calls()).isGreaterThanOrEqualTo(30);
    assertThat(session.most).hasValue(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void tellsWhyACallFailed(int streams) {
    Fake session = new Fake();
    session.failAt = 7;
    assertThatIllegalStateException()
        .isThrownBy(() ->
            LatencyProfile.measure(
                session,
                Map.of(),
                new ProfileOptions(5, 1000, 1000).withStreams(streams),
                Progress.NONE))
        .withMessage("call 7 failed");
  }

  @Test
  void splitsCallsOfSessionsThatCanTell() {
    LatencyProfile profile =
        LatencyProfile.measure(
            new Staged(new StageTimes(0.1, 1, 0.2, 0.05, 1.5)), Map.of(), QUICK, Progress.NONE);
    StageSummary stages = profile.stages().orElseThrow();
    assertThat(stages.upload().p50()).isBetween(0.0999, 0.1001);
    assertThat(stages.compute().p50()).isBetween(0.999, 1.001);
    assertThat(stages.download().calls()).isEqualTo(20);
    assertThat(stages.enqueue().mean()).isBetween(0.0499, 0.0501);
    assertThat(profile.latencyMillis().p50()).isBetween(1.499, 1.501);
    assertThat(profile.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 1, 0.2, 0.9, enqueueing may bound throughput",
    "1.2, 1, 0.2, 0.1, copying inputs takes 1.2",
    "0.1, 1, 1.3, 0.1, copying outputs takes 1.3"
  })
  void warnsOfWhatBoundsThroughput(
      double upload, double compute, double download, double enqueue, String warning) {
    LatencyProfile profile =
        LatencyProfile.measure(
            new Staged(new StageTimes(upload, compute, download, enqueue, 3)),
            Map.of(),
            QUICK,
            Progress.NONE);
    assertThat(profile.warnings())
        .singleElement()
        .satisfies(line -> assertThat(line).contains(warning));
  }

  @Test
  void warnsOfAGpuThatIsNotQuiet() {
    AtomicInteger calls = new AtomicInteger();
    Session session =
        new Staged(null) {
          @Override
          public StageTimes time(Map<String, Tensor> inputs) {
            return new StageTimes(0.1, calls.incrementAndGet() % 2 == 0 ? 1 : 1.4, 0.2, 0.1, 3);
          }
        };
    assertThat(LatencyProfile.measure(session, Map.of(), QUICK, Progress.NONE).warnings())
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("the GPU's time varies by 16.7 %"));
  }

  @Test
  void writesJson() throws Exception {
    LatencyProfile profile =
        LatencyProfile.measure(
            new Staged(new StageTimes(0.1, 1, 0.2, 0.9, 1.5)), Map.of(), QUICK, Progress.NONE);
    JsonNode json = new ObjectMapper().readTree(profile.toJson());
    assertThat(json.path("latencyMillis").path("p99").asDouble()).isBetween(1.499, 1.501);
    assertThat(json.path("latencyMillis").path("calls").asLong()).isEqualTo(20);
    assertThat(json.path("uploadMillis").path("p50").asDouble()).isBetween(0.0999, 0.1001);
    assertThat(json.path("computeMillis").has("coefficientOfVariation")).isTrue();
    assertThat(json.path("streams").asInt()).isEqualTo(1);
    assertThat(json.path("warnings")).hasSize(1);
    LatencyProfile host = LatencyProfile.measure(new Fake(), Map.of(), QUICK, Progress.NONE);
    assertThat(new ObjectMapper().readTree(host.toJson()).has("computeMillis")).isFalse();
  }

  @Test
  void reportsProgressInMilliseconds() {
    AtomicLong advanced = new AtomicLong();
    AtomicInteger ends = new AtomicInteger();
    Progress progress =
        new Progress() {
          @Override
          public void begin(String task, long total) {
            assertThat(total).isEqualTo(220);
          }

          @Override
          public void advance(long steps) {
            advanced.addAndGet(steps);
          }

          @Override
          public void end() {
            ends.incrementAndGet();
          }
        };
    LatencyProfile.measure(new Fake(), Map.of(), new ProfileOptions(20, 200, 1, 2), progress);
    assertThat(advanced.get()).isGreaterThanOrEqualTo(100);
    assertThat(ends).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 257})
  void refusesOtherNumbersOfStreams(int streams) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QUICK.withStreams(streams))
        .withMessage("streams must be 1 to 256, got " + streams);
  }

  /// Counts its calls.
  private static class Fake extends IdleSession {
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final int meet;
    volatile int failAt = Integer.MAX_VALUE;

    Fake() {
      this(0);
    }

    /// @param meet the first calls wait until this many run at once
    Fake(int meet) {
      this.meet = meet;
    }

    @Override
    public Map<String, Tensor> run(Map<String, Tensor> inputs) {
      int call = calls.incrementAndGet();
      if (call >= failAt) {
        throw new IllegalStateException("call " + failAt + " failed");
      }
      running.incrementAndGet();
      while (most.get() < meet) {
        most.accumulateAndGet(running.get(), Math::max);
        Thread.onSpinWait();
      }
      running.decrementAndGet();
      return Map.of();
    }
  }

  private static class Staged extends Fake implements StagedSession {
    private final StageTimes times;

    Staged(StageTimes times) {
      this.times = times;
    }

    @Override
    public StageTimes time(Map<String, Tensor> inputs) {
      return times;
    }
  }
}
