// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/// A C++ object whose virtual functions are Java methods, for interfaces of TensorRT that the
/// bindings cannot subclass.
///
/// Itanium C++ ABI (Linux on x86-64 and arm64): the object starts with a pointer to its table of
/// functions, which is preceded by the offset to the top, 0, and a pointer to the type information.
/// Functions are in the order of declaration, base classes first; a virtual destructor takes two
/// slots, which do nothing here since the arena frees the object.
///
/// A target method must not throw: that would end the JVM.
public final class VirtualObject {
  private static final StructLayout INTERFACE_INFO =
      MemoryLayout.structLayout(ADDRESS, JAVA_INT, JAVA_INT);
  private static final long OBJECT_BYTES = 64;
  private static final int WORDS_BEFORE_TABLE = 2;

  private final Arena arena;
  private final List<MemorySegment> slots = new ArrayList<>();

  /// @param arena must outlive every use of the object, from any thread
  public VirtualObject(Arena arena) {
    this.arena = arena;
  }

  /// Appends a function.
  ///
  /// @param target takes the object first, as a [MemorySegment]
  public VirtualObject function(MethodHandle target, FunctionDescriptor descriptor) {
    slots.add(Linker.nativeLinker().upcallStub(target, descriptor, arena));
    return this;
  }

  /// Appends the two slots of a destructor that does nothing.
  public VirtualObject destructor() {
    MemorySegment nothing =
        Linker.nativeLinker()
            .upcallStub(
                handle(MethodHandles.lookup(), "nothing", void.class, MemorySegment.class),
                FunctionDescriptor.ofVoid(ADDRESS),
                arena);
    slots.add(nothing);
    slots.add(nothing);
    return this;
  }

  /// Appends the functions of `IVersionedInterface`, which return the language C++ and the
  /// interface with its version, and the destructor.
  public VirtualObject versionedInterface(String kind) {
    MemorySegment info = arena.allocate(INTERFACE_INFO);
    info.set(ADDRESS, 0, arena.allocateFrom(kind));
    info.set(JAVA_INT, ADDRESS.byteSize(), 1);
    info.set(JAVA_INT, ADDRESS.byteSize() + JAVA_INT.byteSize(), 0);
    function(
        handle(MethodHandles.lookup(), "language", int.class, MemorySegment.class),
        FunctionDescriptor.of(JAVA_INT, ADDRESS));
    function(
        MethodHandles.insertArguments(
            handle(
                MethodHandles.lookup(),
                "info",
                MemorySegment.class,
                MemorySegment.class,
                MemorySegment.class),
            0,
            info),
        FunctionDescriptor.of(INTERFACE_INFO, ADDRESS));
    return destructor();
  }

  /// The object.
  ///
  /// @param typeInfo type information for `dynamic_cast`: that of a real type, or null if no C++
  ///   code uses it
  public MemorySegment build(MemorySegment typeInfo) {
    MemorySegment words = arena.allocate(ADDRESS, WORDS_BEFORE_TABLE + (long) slots.size());
    words.setAtIndex(ADDRESS, 1, typeInfo);
    for (int i = 0; i < slots.size(); i++) {
      words.setAtIndex(ADDRESS, WORDS_BEFORE_TABLE + (long) i, slots.get(i));
    }
    MemorySegment object = arena.allocate(OBJECT_BYTES, ADDRESS.byteAlignment());
    object.set(ADDRESS, 0, words.asSlice(WORDS_BEFORE_TABLE * ADDRESS.byteSize()));
    return object;
  }

  /// The type information of a live object.
  public static MemorySegment typeInfoOf(long objectAddress) {
    MemorySegment object = MemorySegment.ofAddress(objectAddress).reinterpret(ADDRESS.byteSize());
    long table = object.get(ADDRESS, 0).address();
    return MemorySegment.ofAddress(table - ADDRESS.byteSize())
        .reinterpret(ADDRESS.byteSize())
        .get(ADDRESS, 0);
  }

  /// @throws IllegalStateException if the class of `lookup` has no such static method
  static MethodHandle handle(
      MethodHandles.Lookup lookup, String method, Class<?> result, Class<?>... arguments) {
    try {
      return lookup.findStatic(
          lookup.lookupClass(), method, MethodType.methodType(result, arguments));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(lookup.lookupClass() + " has no method " + method, e);
    }
  }

  /// Like [#handle], for a method of `receiver`.
  public static MethodHandle handle(
      MethodHandles.Lookup lookup,
      Object receiver,
      String method,
      Class<?> result,
      Class<?>... arguments) {
    try {
      return lookup.bind(receiver, method, MethodType.methodType(result, arguments));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(receiver.getClass() + " has no method " + method, e);
    }
  }

  /// A string from native code; empty for null.
  public static String text(MemorySegment pointer) {
    return pointer.address() == 0 ? "" : pointer.reinterpret(Long.MAX_VALUE).getString(0);
  }

  @SuppressWarnings("unused") // by method handle
  private static void nothing(MemorySegment self) {}

  /// `APILanguage::kCPP`.
  @SuppressWarnings("unused") // by method handle
  private static int language(MemorySegment self) {
    return 0;
  }

  @SuppressWarnings("unused") // by method handle
  private static MemorySegment info(MemorySegment info, MemorySegment self) {
    return info;
  }
}
