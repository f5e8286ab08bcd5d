// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quench.io.PrivateFolder;
import dev.quench.run.Precision;
import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.plan.EngineFiles;
import dev.quench.trt.plan.EngineKey;
import dev.quench.trt.plan.EngineManifest;
import dev.quench.trt.plan.PlanBytes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With texts in place of engines.
class EngineStoreTest {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path parent;
  private Path folder;
  private EngineStore store;

  @BeforeEach
  void open() throws IOException {
    folder = PrivateFolder.open(parent.resolve("engines"));
    store = new EngineStore(folder, 10L * MEBIBYTE);
  }

  @Test
  void buildsOnceAndFindsItAgain() throws IOException {
    Texts texts = new Texts("L4");
    EngineStore.Obtained<String> first = store.obtain(key("m", "L4"), texts.of(key("m", "L4")));
    assertThat(first.engine()).isEqualTo("m on L4");
    assertThat(first.reason()).hasValue("the cache has none for this model and these options");
    EngineStore.Obtained<String> second = store.obtain(key("m", "L4"), texts.of(key("m", "L4")));
    assertThat(second.engine()).isEqualTo("m on L4");
    assertThat(second.reason()).isEmpty();
    assertThat(texts.builds).hasValue(1);
  }

  @Test
  void saysWhichGpuTheCachedEngineIsFor() throws IOException {
    store.obtain(key("m", "L4"), new Texts("L4").of(key("m", "L4")));
    EngineStore.Obtained<String> other =
        store.obtain(key("m", "H100"), new Texts("H100").of(key("m", "H100")));
    assertThat(other.engine()).isEqualTo("m on H100");
    assertThat(other.reason())
        .hasValue("the cached engine does not fit this machine: GPU was L4, is H100");
    assertThat(plans()).hasSize(2);
  }

  @Test
  void doesNotConfuseModels() throws IOException {
    store.obtain(key("m", "L4"), new Texts("L4").of(key("m", "L4")));
    assertThat(store.obtain(key("n", "L4"), new Texts("L4").of(key("n", "L4"))).reason())
        .hasValue("the cache has none for this model and these options");
  }

  @Test
  void buildsAnewWhatWasCutShort() throws IOException {
    obtain("m");
    Path plan = plans().iterator().next();
    Files.write(plan, new byte[2]);
    EngineStore.Obtained<String> again =
        store.obtain(key("m", "L4"), new Texts("L4").of(key("m", "L4")));
    assertThat(again.reason().orElseThrow())
        .startsWith("the cached engine is unusable: ")
        .contains("SHA-256");
    assertThat(obtain("m")).isEmpty();
  }

  @Test
  void buildsAnewWithoutManifestOrWithADamagedOne() throws IOException {
    obtain("m");
    Path manifest = EngineFiles.manifestOf(plans().iterator().next());
    Files.writeString(manifest, "{}");
    assertThat(obtain("m").orElseThrow()).contains("is not an engine manifest");
    Files.delete(manifest);
    assertThat(obtain("m").orElseThrow()).contains("has no manifest");
    assertThat(obtain("m")).isEmpty();
  }

  /// A plan under the manifest of another: swapped by hand, or files restored from two backups.
  @Test
  void noticesASwappedPlan() throws IOException {
    obtain("m");
    Path first = plans().iterator().next();
    obtain("n");
    Path second = plans().stream().filter(plan -> !plan.equals(first)).findFirst().orElseThrow();
    byte[] bytes = Files.readAllBytes(second);
    Files.write(second, Files.readAllBytes(first));
    Files.write(first, bytes);
    assertThat(obtain("m").orElseThrow()).contains("SHA-256");
    assertThat(obtain("n").orElseThrow()).contains("SHA-256");
  }

  @Test
  void noticesAManifestOfAnotherKey() throws IOException {
    obtain("m");
    Path first = plans().iterator().next();
    byte[] plan = Files.readAllBytes(first);
    byte[] manifest = Files.readAllBytes(EngineFiles.manifestOf(first));
    obtain("n");
    Path second = plans().stream().filter(p -> !p.equals(first)).findFirst().orElseThrow();
    Files.write(second, plan);
    Files.write(EngineFiles.manifestOf(second), manifest);
    assertThat(obtain("n").orElseThrow())
        .isEqualTo("the cached engine has another key: model was m, is n");
  }

  @Test
  void removesWhatWasNotUsedForLongest() throws IOException {
    EngineStore small = new EngineStore(folder, 3L * MEBIBYTE);
    Texts large = new Texts("L4", MEBIBYTE);
    for (String model : new String[] {"a", "b", "c"}) {
      small.obtain(key(model, "L4"), large.of(key(model, "L4")));
    }
    long time = 1_000_000;
    for (Path plan : plans()) {
      Files.setLastModifiedTime(plan, FileTime.fromMillis(time));
    }
    small.obtain(key("a", "L4"), large.of(key("a", "L4"))); // used now
    small.obtain(key("d", "L4"), large.of(key("d", "L4")));
    assertThat(plans().size()).isLessThanOrEqualTo(3);
    assertThat(small.obtain(key("a", "L4"), large.of(key("a", "L4"))).reason()).isEmpty();
    assertThat(small.obtain(key("d", "L4"), large.of(key("d", "L4"))).reason()).isEmpty();
    assertThat(plans().stream().map(EngineFiles::manifestOf)).allMatch(Files::exists);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(f -> f.toString().endsWith(".json")).count())
          .isEqualTo(plans().size());
    }
  }

  @Test
  void keepsAnEngineThatAloneIsTooLarge() throws IOException {
    EngineStore tiny = new EngineStore(folder, 1);
    tiny.obtain(key("a", "L4"), new Texts("L4", MEBIBYTE).of(key("a", "L4")));
    assertThat(plans()).hasSize(1);
  }

  @Test
  void givesTheEngineThatCannotBeKept() throws IOException {
    EngineKey key = key("m", "L4");
    EngineStore.Obtained<String> lookup =
        store.obtain(
            key,
            new EngineStore.Access<>() {
              @Override
              public String load(Path plan, EngineManifest manifest) {
                throw new AssertionError("there is none");
              }

              @Override
              public String build() {
                return "built";
              }

              @Override
              public void save(String engine, Path plan) throws IOException {
                throw new IOException("disk full");
              }
            });
    assertThat(lookup.engine()).isEqualTo("built");
    assertThat(plans()).isEmpty();
  }

  /// As in an image of a container, whose engines were built before.
  @Test
  void findsAndBuildsWhereNoLockCanBeMade() throws IOException {
    obtain("m");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path lock : files.filter(file -> file.toString().endsWith(".lock")).toList()) {
        Files.delete(lock);
        Files.createDirectory(lock);
      }
    }
    assertThat(obtain("m")).isEmpty();
    assertThat(obtain("n")).hasValue("the cache has none for this model and these options");
    assertThat(plans()).hasSize(1);
    Files.write(plans().iterator().next(), new byte[2]);
    assertThat(obtain("m").orElseThrow()).startsWith("the cached engine is unusable: ");
  }

  @Test
  void keepsNothingOfABuildThatFails() {
    EngineKey key = key("m", "L4");
    assertThatExceptionOfType(BuildCancelledException.class)
        .isThrownBy(() ->
            store.obtain(
                key,
                new EngineStore.Access<String>() {
                  @Override
                  public String load(Path plan, EngineManifest manifest) {
                    throw new AssertionError("there is none");
                  }

                  @Override
                  public String build() {
                    throw new BuildCancelledException("cancelled");
                  }

                  @Override
                  public void save(String engine, Path plan) {
                    throw new AssertionError("there is none");
                  }
                }));
    assertThat(plans()).isEmpty();
  }

  /// Several callers of one key wait for one build.
  @Test
  void buildsOnceForSeveralCallers() {
    Texts texts = new Texts("L4");
    Set<String> engines = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 16)
        .parallel()
        .forEach(_ -> {
          try {
            engines.add(store.obtain(key("m", "L4"), texts.of(key("m", "L4"))).engine());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(engines).containsExactly("m on L4");
    assertThat(texts.builds).hasValue(1);
  }

  /// The build for one kind of GPU ends only when that for another has ended.
  @Test
  @Timeout(60)
  void buildsForGpusOfOtherKindsMeanwhile() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch other = new CountDownLatch(1);
    Texts slow =
        new Texts("L4") {
          @Override
          void building() throws InterruptedException {
            begun.countDown();
            other.await();
          }
        };
    Thread first =
        Thread.ofVirtual()
            .start(() -> {
              try {
                store.obtain(key("m", "L4"), slow.of(key("m", "L4")));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    begun.await();
    store.obtain(key("m", "H100"), new Texts("H100").of(key("m", "H100")));
    other.countDown();
    first.join();
    assertThat(plans()).hasSize(2);
  }

  private Optional<String> obtain(String model) throws IOException {
    return store.obtain(key(model, "L4"), new Texts("L4").of(key(model, "L4"))).reason();
  }

  private Set<Path> plans() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".engine")).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static EngineKey key(String model, String gpu) {
    return new EngineKey(Map.of("model", model), Map.of("GPU", gpu));
  }

  private static class Texts {
    private final AtomicInteger builds = new AtomicInteger();
    private final String gpu;
    private final int size;

    Texts(String gpu) {
      this(gpu, 0);
    }

    /// @param size that plans are filled up to
    Texts(String gpu, int size) {
      this.gpu = gpu;
      this.size = size;
    }

    /// Takes as long as a build takes.
    void building() throws InterruptedException {}

    EngineStore.Access<String> of(EngineKey key) {
      return new EngineStore.Access<>() {
        @Override
        public String load(Path plan, EngineManifest manifest) throws IOException {
          byte[] bytes = Files.readAllBytes(plan);
          manifest.requirePlan(plan.toString(), PlanBytes.sha256(bytes));
          return new String(bytes, StandardCharsets.UTF_8).strip();
        }

        @Override
        public String build() {
          builds.incrementAndGet();
          try {
            building();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return key.request().get("model") + " on " + gpu;
        }

        @Override
        public void save(String engine, Path plan) throws IOException {
          byte[] bytes =
              (engine + " ".repeat(Math.max(0, size - engine.length())))
                  .getBytes(StandardCharsets.UTF_8);
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(bytes.length);
            copy.copyFrom(MemorySegment.ofArray(bytes));
            EngineFiles.write(
                plan,
                copy,
                new EngineManifest(
                    "10.15.1.29",
                    gpu,
                    "8.9",
                    "ab".repeat(32),
                    Precision.FP32,
                    HardwareCompatibility.SAME_GPU,
                    false,
                    Map.of(),
                    key,
                    PlanBytes.sha256(copy)));
          }
        }
      };
    }
  }
}
