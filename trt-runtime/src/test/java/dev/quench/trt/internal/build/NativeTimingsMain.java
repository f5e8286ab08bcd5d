// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quench.trt.internal.NativeAddress;
import dev.quench.trt.internal.NativeCounters;
import dev.quench.trt.internal.VirtualObject;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;

/// Timing caches of a fake builder configuration through the real bindings: a cache is a set of
/// words, and one that starts with `!` belongs to another GPU.
final class NativeTimingsMain {
  private static final int CREATE_CACHE = 40;
  private static final int SET_CACHE = 41;
  private static final int GET_CACHE = 42;
  private static final int FIRST = 2;
  private static final int SECOND = 3;
  private static final int SLOTS = 64;

  private final Arena arena = Arena.ofShared();
  private final Map<Long, TreeSet<String>> caches = new HashMap<>();
  private final Map<Long, byte[]> memories = new HashMap<>();
  private TreeSet<String> used = new TreeSet<>();
  private MemorySegment attached = MemorySegment.NULL;

  private NativeTimingsMain() {}

  public static void main(String[] arguments) {
    System.out.println("state: " + TensorRtBindings.state());
    new NativeTimingsMain().run();
    System.out.println("left: " + NativeCounters.live());
  }

  private void run() {
    System.out.println("from nothing: " + build("", "", "conv"));
    System.out.println("known before: " + build("conv", "conv", "pool"));
    System.out.println("another build meanwhile: " + build("conv", "conv gemm", "pool"));
    System.out.println("of another GPU: " + build("!conv", "!conv", "pool"));
  }

  /// @param before what is stored when the build begins
  /// @param meanwhile what is stored when it ends
  /// @param timed by this build
  /// @return what the build started from, and what is stored then
  private String build(String before, String meanwhile, String timed) {
    StringBuilder stored = new StringBuilder();
    TimingStore store =
        new TimingStore() {
          @Override
          public byte[] read() {
            return before.getBytes(StandardCharsets.UTF_8);
          }

          @Override
          public void update(UnaryOperator<byte[]> merge) {
            stored.append(
                new String(
                    merge.apply(meanwhile.getBytes(StandardCharsets.UTF_8)),
                    StandardCharsets.UTF_8));
          }
        };
    try (NativeScope scope = new NativeScope()) {
      NativeTimings timings = new NativeTimings(config(), store, scope);
      String start = String.join(" ", used);
      used.add(timed);
      timings.save();
      return "'" + start + "' to '" + stored + "'";
    }
  }

  private IBuilderConfig config() {
    return new IBuilderConfig(
        new NativeAddress(
            object(
                Map.of(
                    CREATE_CACHE,
                    stub("create", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG)),
                    SET_CACHE,
                    stub(
                        "set", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_BOOLEAN)),
                    GET_CACHE,
                    stub("get", FunctionDescriptor.of(ADDRESS, ADDRESS))))));
  }

  private MemorySegment stub(String method, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .upcallStub(
            VirtualObject.handle(
                MethodHandles.lookup(),
                this,
                method,
                descriptor.toMethodType().returnType(),
                descriptor.toMethodType().parameterArray()),
            descriptor,
            arena);
  }

  /// @return the address of an object whose implementation lies right behind it
  private long object(Map<Integer, MemorySegment> functions) {
    MemorySegment unexpected = stub("unexpected", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    MemorySegment table = arena.allocate(ADDRESS, SLOTS);
    for (int slot = 0; slot < SLOTS; slot++) {
      table.setAtIndex(ADDRESS, slot, functions.getOrDefault(slot, unexpected));
    }
    MemorySegment object = new VirtualObject(arena).destructor().build(MemorySegment.NULL);
    MemorySegment implementation = object.asSlice(16, 8);
    implementation.set(ADDRESS, 0, table);
    object.set(ADDRESS, 8, implementation);
    return object.address();
  }

  private static long objectOf(MemorySegment implementation) {
    return implementation.address() - 16;
  }

  @SuppressWarnings("unused") // by method handle
  private long unexpected(MemorySegment self) {
    System.out.println("unexpected call");
    return 0;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment create(MemorySegment self, MemorySegment blob, long size) {
    String text = new String(blob.reinterpret(size).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    long cache =
        object(
            Map.of(
                FIRST,
                stub("serialize", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                SECOND,
                stub(
                    "combine",
                    FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, ADDRESS, JAVA_BOOLEAN))));
    TreeSet<String> words = new TreeSet<>();
    for (String word : text.split(" ", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    caches.put(cache, words);
    return MemorySegment.ofAddress(cache);
  }

  @SuppressWarnings("unused") // by method handle
  private boolean set(MemorySegment self, MemorySegment cache, boolean ignoreMismatch) {
    TreeSet<String> words = caches.get(cache.address());
    if (!ignoreMismatch && words.stream().anyMatch(word -> word.startsWith("!"))) {
      return false;
    }
    used = words;
    attached = cache;
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment get(MemorySegment self) {
    return attached;
  }

  @SuppressWarnings("unused") // by method handle
  private boolean combine(MemorySegment self, MemorySegment other, boolean ignoreMismatch) {
    TreeSet<String> added = caches.get(other.address());
    if (!ignoreMismatch && added.stream().anyMatch(word -> word.startsWith("!"))) {
      return false;
    }
    caches.get(objectOf(self)).addAll(added);
    return true;
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment serialize(MemorySegment self) {
    long memory =
        object(
            Map.of(
                FIRST,
                stub("data", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                SECOND,
                stub("size", FunctionDescriptor.of(JAVA_LONG, ADDRESS))));
    memories.put(
        memory, String.join(" ", caches.get(objectOf(self))).getBytes(StandardCharsets.UTF_8));
    return MemorySegment.ofAddress(memory);
  }

  @SuppressWarnings("unused") // by method handle
  private MemorySegment data(MemorySegment self) {
    return arena.allocateFrom(JAVA_BYTE, memories.get(objectOf(self)));
  }

  @SuppressWarnings("unused") // by method handle
  private long size(MemorySegment self) {
    return memories.get(objectOf(self)).length;
  }
}
