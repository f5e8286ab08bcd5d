// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.run.LayerTimes;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.run.StageTimes;
import dev.quench.run.StagedSession;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.BundledFiles;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.Int8Calibration;
import dev.quench.trt.build.TimingCache;
import dev.quench.trt.cache.EngineCache;
import dev.quench.trt.inspect.BuildReport;
import dev.quench.trt.inspect.EngineLayer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What engines can do besides running, on a GPU.
@Tag("gpu")
class EngineFeaturesOnGpuTest {
  @TempDir Path folder;
  private Model model;

  @BeforeEach
  void read() throws IOException {
    model = OnnxReader.read(BundledFiles.of("nin-fashion-mnist.onnx"));
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(LiveObjects.now().total()).isZero();
  }

  private EngineBuilder quick() {
    return EngineBuilder.of(model).batch(1, 4, 16).optimizationLevel(0);
  }

  @Test
  void reportsWhatEachLayerGot() {
    try (Engine engine = quick().precision(Precision.FP16).build()) {
      BuildReport report = engine.buildReport().orElseThrow();
      assertThat(report.layers().detailed()).isTrue();
      assertThat(report.layers().countsByPrecision().keySet()).contains("float16");
      assertThat(report.planBytes()).isPositive();
    }
  }

  @Test
  void servesSeveralProfiles() {
    try (Engine engine =
            EngineBuilder.of(model)
                .optimizationLevel(0)
                .profile(
                    "image", Shape.of(1, 1, 28, 28), Shape.of(1, 1, 28, 28), Shape.of(1, 1, 28, 28))
                .anotherProfile()
                .profile(
                    "image",
                    Shape.of(8, 1, 28, 28),
                    Shape.of(16, 1, 28, 28),
                    Shape.of(32, 1, 28, 28))
                .build();
        Session session = engine.openSession()) {
      assertThat(engine.profiles()).hasSize(2);
      float[] alone = session.run(images(1)).get("logits").toFloats();
      float[] together = session.run(images(16)).get("logits").toFloats();
      float[] again = session.run(images(1)).get("logits").toFloats();
      assertThat(again).containsExactly(alone);
      assertThat(Arrays.copyOf(together, 10))
          .usingComparatorWithPrecision(1e-3f)
          .containsExactly(alone);
      assertThatIllegalArgumentException().isThrownBy(() -> session.run(images(4)));
    }
  }

  @Test
  void givesTheSameWithCudaGraphs() {
    try (Engine engine = quick().build();
        Session plain = engine.openSession(RunOptions.DEFAULT.withCudaGraphs(false));
        Session recorded = engine.openSession(RunOptions.DEFAULT.withCudaGraphs(true))) {
      for (int batch : new int[] {4, 4, 4, 4, 2, 2, 2, 4, 4, 4}) {
        assertThat(recorded.run(images(batch)).get("logits").toFloats())
            .containsExactly(plain.run(images(batch)).get("logits").toFloats());
      }
    }
  }

  @Test
  void runsWithoutCopiesAndIsCaptured() {
    Map<String, Tensor> images = images(4);
    try (Engine engine = quick().build();
        Session session = engine.openSession();
        DeviceTensor input = DeviceTensor.of(images.get("image"));
        ExecutionContext context = engine.openContext(RunOptions.DEFAULT)) {
      float[] expected = session.run(images).get("logits").toFloats();
      context.input("image", input);
      try (DeviceTensor output =
          DeviceTensor.allocate(DataType.FLOAT, context.outputShape("logits"))) {
        context.output("logits", output);
        for (int i = 0; i < 4; i++) {
          context.run();
        }
        assertThat(context.isCaptured()).isTrue();
        assertThat(output.read().toFloats()).containsExactly(expected);
        MemorySegment staged = context.input("image", Shape.of(4, 1, 28, 28));
        staged.copyFrom(images.get("image").bytes());
        context.run();
        assertThat(output.read().toFloats()).containsExactly(expected);
      }
    }
  }

  @Test
  void runsManyThreadsAtOnce() throws Exception {
    try (Engine engine = quick().build();
        Session session = engine.openSession();
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      float[] expected = session.run(images(2)).get("logits").toFloats();
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        results.add(threads.submit(() -> session.run(images(2)).get("logits").toFloats()));
      }
      for (Future<float[]> result : results) {
        assertThat(result.get()).containsExactly(expected);
      }
    }
  }

  @Test
  void exchangesWeights() {
    Model doubled = model.copy();
    String changed = "";
    for (Value initializer : doubled.graph().initializers()) {
      Tensor weights = initializer.initializer().orElseThrow();
      if (weights.shape().rank() == 4) {
        float[] values = weights.toFloats();
        for (int i = 0; i < values.length; i++) {
          values[i] = -values[i];
        }
        doubled.graph().setInitializer(initializer, Tensor.ofFloats(weights.shape(), values));
        changed = initializer.name();
        break;
      }
    }
    assertThat(changed).isNotEmpty();
    try (Engine engine = quick().refittable(true).build();
        Engine fresh = EngineBuilder.of(doubled).batch(1, 4, 16).optimizationLevel(0).build();
        Session session = engine.openSession();
        Session expected = fresh.openSession()) {
      assertThat(engine.refittableWeights()).isNotEmpty();
      session.run(images(4));
      String before = engine.manifest().orElseThrow().modelDigest();
      engine.refit(doubled);
      assertThat(engine.manifest().orElseThrow().modelDigest()).isNotEqualTo(before);
      assertThat(session.run(images(4)).get("logits").toFloats())
          .usingComparatorWithPrecision(1e-3f)
          .containsExactly(expected.run(images(4)).get("logits").toFloats());
    }
  }

  @Test
  void refusesToExchangeWeightsOfOtherEngines() {
    try (Engine engine = quick().build()) {
      assertThatExceptionOfType(TensorRtException.class)
          .isThrownBy(() -> engine.refit(model))
          .withMessageContaining("built without refit");
    }
  }

  @Test
  void showsProgressAndCancels() {
    AtomicLong advanced = new AtomicLong();
    Progress progress =
        new Progress() {
          @Override
          public void begin(String task, long total) {}

          @Override
          public void advance(long steps) {
            advanced.addAndGet(steps);
          }

          @Override
          public void end() {}
        };
    quick().progress(progress).build().close();
    assertThat(advanced.get()).isPositive();
    assertThatExceptionOfType(BuildCancelledException.class)
        .isThrownBy(() -> quick().cancelWhen(() -> true).build());
  }

  /// A second build may time kernels that the first one passed over, so no more can be held than
  /// that nothing is lost.
  @Test
  void keepsTheTimesOfKernels() throws IOException {
    TimingCache timings = TimingCache.open(folder.resolve("timings"));
    EngineBuilder.of(model).batch(1, 4, 16).timings(timings).build().close();
    long size = size(folder.resolve("timings"));
    assertThat(size).isPositive();
    EngineBuilder.of(model).batch(1, 4, 16).timings(timings).build().close();
    assertThat(size(folder.resolve("timings"))).isGreaterThanOrEqualTo(size);
  }

  @Test
  void keepsEnginesInACache() throws IOException {
    EngineCache cache = EngineCache.open(folder.resolve("engines"));
    EngineCache.Cached built = cache.engine(quick());
    float[] expected;
    try (Engine engine = built.engine();
        Session session = engine.openSession()) {
      assertThat(built.reason()).isPresent();
      expected = session.run(images(4)).get("logits").toFloats();
    }
    EngineCache.Cached found = cache.engine(quick());
    try (Engine engine = found.engine();
        Session session = engine.openSession()) {
      assertThat(found.reason()).isEmpty();
      assertThat(session.run(images(4)).get("logits").toFloats()).containsExactly(expected);
    }
    EngineCache.Cached other = cache.engine(quick().precision(Precision.TF32));
    other.engine().close();
    assertThat(other.reason()).isPresent();
  }

  @Test
  void timesLayersAndStages() {
    try (Engine engine = quick().build();
        StagedSession session = engine.openSession(RunOptions.DEFAULT)) {
      LayerTimes times = engine.layerTimes(images(4), 10);
      assertThat(times.layers()).isNotEmpty();
      assertThat(times.totalMillis()).isPositive();
      assertThat(times.layers()).extracting(LayerTimes.LayerTime::layer).isSubsetOf(names(engine));
      for (int i = 0; i < 4; i++) {
        StageTimes stages = session.time(images(4));
        assertThat(stages.compute()).isPositive();
        assertThat(stages.host()).isGreaterThan(stages.enqueue());
      }
    }
  }

  @Test
  void calibratesWithDataAndWithTheCacheThatCameOfIt() {
    TensorDataset data = TensorDataset.of("noise that is no random data set", images(64));
    TensorRtCache cache;
    try (Engine engine =
        quick().precision(Precision.FP16).implicitInt8(Int8Calibration.of(data, 16)).build()) {
      cache = engine.buildReport().orElseThrow().calibration().orElseThrow();
      assertThat(cache.scales()).containsKey("image");
    }
    quick().precision(Precision.FP16).implicitInt8(Int8Calibration.trusting(cache)).build().close();
  }

  @Test
  void refusesCalibrationDataWithoutAnInputOfTheNetwork() {
    TensorDataset wrong =
        TensorDataset.of("wrong", Map.of("other", Tensor.ofFloats(Shape.of(4, 2), new float[8])));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> quick().implicitInt8(Int8Calibration.of(wrong, 2)).build())
        .withMessageContaining("input 'image'")
        .withMessageContaining("missing");
  }

  private static List<String> names(Engine engine) {
    return engine.layers().layers().stream().map(EngineLayer::name).toList();
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      long sum = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        sum += Files.size(file);
      }
      return sum;
    }
  }

  private static Map<String, Tensor> images(int batch) {
    SplittableRandom random = new SplittableRandom(20260101);
    float[] pixels = new float[batch * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return Map.of("image", Tensor.ofFloats(Shape.of(batch, 1, 28, 28), pixels));
  }
}
