// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/// Queries NVIDIA's driver library for GPUs, without bindings that would fail to load without a
/// driver.
///
/// The library stays loaded once found, because it may have started threads.
public final class CudaDriver {
  private static final String LIBRARY = "libcuda.so.1";
  private static final String INSTALL =
      "install NVIDIA's driver 580 or newer, and in a container start it with --gpus all";

  // Values of CUdevice_attribute in cuda.h.
  private static final int MULTIPROCESSOR_COUNT = 16;
  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int COMPUTE_CAPABILITY_MINOR = 76;
  private static final int NAME_BYTES = 256;

  private final SymbolLookup library;

  private CudaDriver(SymbolLookup library) {
    this.library = library;
  }

  /// Loads the driver library if present, initializes it and lists the devices.
  public static DriverState query() {
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
    } catch (IllegalArgumentException e) {
      return new DriverState.Unusable("no NVIDIA driver: " + LIBRARY + " is not found", INSTALL);
    } catch (IllegalCallerException e) {
      return new DriverState.Unusable(
          "native access is denied to this JVM",
          "run java with --enable-native-access=ALL-UNNAMED");
    }
    try {
      return new CudaDriver(library).devices();
    } catch (DriverError e) {
      return new DriverState.Unusable("the NVIDIA driver reports " + e.getMessage(), INSTALL);
    } catch (NoSuchElementException e) {
      return new DriverState.Unusable(
          LIBRARY + " is not a CUDA driver: " + e.getMessage(), INSTALL);
    }
  }

  private DriverState devices() throws DriverError {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      check("cuInit", callWithInt("cuInit", 0));
      check("cuDriverGetVersion", call("cuDriverGetVersion", number));
      int version = number.get(JAVA_INT, 0);
      check("cuDeviceGetCount", call("cuDeviceGetCount", number));
      int count = number.get(JAVA_INT, 0);
      if (count <= 0) {
        return new DriverState.Unusable("the NVIDIA driver sees no GPU", INSTALL);
      }
      List<CudaDevice> devices = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        devices.add(device(i, arena));
      }
      return new DriverState.Usable(version, devices);
    }
  }

  private CudaDevice device(int index, Arena arena) throws DriverError {
    MemorySegment number = arena.allocate(JAVA_INT);
    MemorySegment name = arena.allocate(NAME_BYTES);
    check(
        "cuDeviceGet",
        (int)
            invoke(
                function("cuDeviceGet", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT)),
                number,
                index));
    int device = number.get(JAVA_INT, 0);
    check(
        "cuDeviceGetName",
        (int)
            invoke(
                function(
                    "cuDeviceGetName",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
                name,
                NAME_BYTES,
                device));
    return new CudaDevice(
        name.getString(0),
        attribute(COMPUTE_CAPABILITY_MAJOR, device, number),
        attribute(COMPUTE_CAPABILITY_MINOR, device, number),
        memory(device, arena),
        attribute(MULTIPROCESSOR_COUNT, device, number));
  }

  private long memory(int device, Arena arena) throws DriverError {
    MemorySegment bytes = arena.allocate(JAVA_LONG);
    check(
        "cuDeviceTotalMem",
        (int)
            invoke(
                function("cuDeviceTotalMem_v2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT)),
                bytes,
                device));
    return bytes.get(JAVA_LONG, 0);
  }

  private int attribute(int attribute, int device, MemorySegment number) throws DriverError {
    check(
        "cuDeviceGetAttribute",
        (int)
            invoke(
                function(
                    "cuDeviceGetAttribute",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)),
                number,
                attribute,
                device));
    return number.get(JAVA_INT, 0);
  }

  private int callWithInt(String name, int argument) {
    return (int) invoke(function(name, FunctionDescriptor.of(JAVA_INT, JAVA_INT)), argument);
  }

  private int call(String name, MemorySegment result) {
    return (int) invoke(function(name, FunctionDescriptor.of(JAVA_INT, ADDRESS)), result);
  }

  private MethodHandle function(String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new NoSuchElementException("it has no function " + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  private static Object invoke(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call cannot throw", e);
    }
  }

  private static void check(String call, int result) throws DriverError {
    if (result != 0) {
      throw new DriverError(call + ": " + describe(result));
    }
  }

  /// Names in cuda.h of the CUresult codes that a machine without a usable GPU returns.
  private static String describe(int result) {
    return switch (result) {
      case 34 -> "error 34, the library is the toolkit's stub instead of a driver";
      case 100 -> "error 100, no CUDA-capable device";
      case 101 -> "error 101, invalid device";
      case 802 -> "error 802, system not yet initialized";
      case 803 -> "error 803, driver and kernel module do not match";
      case 804 -> "error 804, forward compatibility is not supported on this GPU";
      case 999 -> "error 999, unknown";
      default -> "error " + result;
    };
  }

  private static final class DriverError extends Exception {
    private static final long serialVersionUID = 1L;

    DriverError(String message) {
      super(message);
    }
  }
}
