// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls the deleting destructor of a C++ object through its table of virtual functions.
///
/// TensorRT 10 requires `delete object` in C++; the bindings have no such call, and closing one of
/// their objects frees nothing. In the Itanium C++ ABI (Linux on x86-64 and arm64) an object starts
/// with a pointer to its table, and a virtual destructor takes two neighbouring slots: the
/// complete-object destructor, then the deleting one. TensorRT's headers determine their position.
public final class VirtualDestructor {
  /// Subclasses of `INoCopy`, which are all classes of nvinfer: the destructor is declared first.
  public static final int NO_COPY_SLOT = 1;

  /// `nvonnxparser::IParserRefitter`: five other functions are declared before the destructor.
  public static final int PARSER_REFITTER_SLOT = 6;

  private static final MethodHandle DESTRUCTOR =
      Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ADDRESS));

  private VirtualDestructor() {}

  /// Destroys and frees the object, which must not be used afterwards.
  ///
  /// @param address of the object; not 0
  /// @param slot of the deleting destructor
  public static void call(long address, int slot) {
    MemorySegment object = MemorySegment.ofAddress(address).reinterpret(ADDRESS.byteSize());
    MemorySegment table = object.get(ADDRESS, 0).reinterpret((slot + 1) * ADDRESS.byteSize());
    try {
      DESTRUCTOR.invokeExact(table.getAtIndex(ADDRESS, slot), object);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native destructor cannot throw", e);
    }
  }
}
