import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;

/* Sign.java CONFIGURATION ALIAS: signs by SunPKCS11, verifies without. The PIN is the pad's. */
class Sign {
	public static void main(String[] args) throws Exception {
		Provider card = Security.getProvider("SunPKCS11").configure(args[0]);
		KeyStore store = KeyStore.getInstance("PKCS11", card);
		byte[] text = "what is signed".getBytes();
		byte[] signature;

		store.load(null, null);
		Signature s = Signature.getInstance("SHA256withRSA", card);
		s.initSign((PrivateKey) store.getKey(args[1], null));
		s.update(text);
		signature = s.sign();
		s = Signature.getInstance("SHA256withRSA", "SunRsaSign");
		s.initVerify(store.getCertificate(args[1]));
		s.update(text);
		System.out.println(s.getAlgorithm() + " " + s.verify(signature));
	}
}
