import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;

/*
 * SignBeside.java SIGNS LOGS-IN FILE: two configurations of SunPKCS11, each beside CONFIGURATION.pin.
 * A thread signs on the first's slot, and adds a byte to FILE for each signature, while this one logs
 * in to the second's and signs there, too. It goes on signing for a while after that.
 */
class SignBeside {
	static volatile boolean ends;

	static Provider login(String configuration) throws Exception {
		Provider p = Security.getProvider("SunPKCS11").configure(configuration);
		String pin = Files.readString(Path.of(configuration + ".pin")).trim();

		KeyStore.getInstance("PKCS11", p).load(null, pin.toCharArray());
		return p;
	}

	static KeyPair pair(Provider p) throws Exception {
		KeyPairGenerator g = KeyPairGenerator.getInstance("EC", p);

		g.initialize(256);
		return g.generateKeyPair();
	}

	static void sign(Provider p, KeyPair k) throws Exception {
		Signature s = Signature.getInstance("SHA256withECDSA", p);
		byte[] text = "what is signed".getBytes(), signature;

		s.initSign(k.getPrivate());
		s.update(text);
		signature = s.sign();
		s.initVerify(k.getPublic());
		s.update(text);
		if (!s.verify(signature))
			throw new Exception("a signature is wrong");
	}

	public static void main(String[] args) throws Exception {
		Provider first = login(args[0]);
		KeyPair key = pair(first);
		Exception[] why = new Exception[1];
		Thread signer = new Thread(() -> {
			try (var file = Files.newOutputStream(Path.of(args[2]))) {
				do {
					sign(first, key);
					file.write('.');
					Thread.sleep(5);
				} while (!ends);
				for (int i = 0; i < 50; i++)
					sign(first, key);
			} catch (Exception e) {
				why[0] = e;
			}
		});

		signer.start();
		try {
			Provider second = login(args[1]);

			sign(second, pair(second));
			System.out.println("logged in");
		} finally {
			ends = true;
			signer.join();
		}
		if (why[0] != null)
			throw why[0];
		System.out.println("signed on");
	}
}
